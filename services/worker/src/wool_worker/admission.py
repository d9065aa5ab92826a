"""Decide whether a task may start on this worker."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wool_common.backpressure import BackpressureContext, BackpressureLike, Refusal
from wool_common.errors import StatusCode
from wool_common.loops import Handover
from wool_common.task import Task
from wool_worker import logs
from wool_worker.docket import Docket


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why a task may not start here."""

    code: StatusCode
    reason: str
    details: str
    retry_after: float | None = None


Tell = Callable[[Verdict | None], None]

DRAINING = Verdict(
    code=StatusCode.UNAVAILABLE, reason="draining", details="the worker takes no new tasks"
)


class Admission:
    """
    Decides whether a task may start, counting it in the same step.

    The hook runs on the main loop, one arrival at a time, so that simultaneous arrivals
    never see the same count, also where the hook awaits.
    """

    def __init__(
        self, docket: Docket, hook: BackpressureLike | None, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._docket = docket
        self._hook = hook
        self._arrivals: deque[tuple[Task, Tell]] = deque()
        self._mail: Handover[tuple[Task, Tell]] = Handover(loop, self._arrive)
        self._loop = loop
        self._deciding: asyncio.Task[None] | None = None
        self.draining = False

    def decide(self, task: Task, tell: Tell) -> None:
        """
        Tell whether *task* may start; None counts it in and lets it.

        Callable from any thread. *tell* is called at once where no hook is set, else later
        on the main loop.
        """
        if self.draining:
            tell(DRAINING)
        elif self._hook is None:
            self._docket.enter()
            tell(None)
        else:
            self._mail.put((task, tell))

    def _arrive(self, arrival: tuple[Task, Tell]) -> None:
        if self._deciding is not None:
            self._arrivals.append(arrival)
            return
        waiting = self._ask(*arrival)
        if waiting is not None:
            self._deciding = self._loop.create_task(self._decide_later(waiting, *arrival))

    def _ask(self, task: Task, tell: Tell) -> Awaitable[object] | None:
        """Settle the arrival, or return what the hook wants awaited first."""
        assert self._hook is not None
        context = BackpressureContext(active_task_count=self._docket.active, task=task)
        try:
            answer = self._hook(context)
        except Exception as exc:  # noqa: BLE001 - a broken hook refuses this task; the worker stays
            tell(_broken(exc))
            return None
        if inspect.isawaitable(answer):
            return answer
        self._settle(answer, tell)
        return None

    async def _decide_later(self, waiting: Awaitable[object], task: Task, tell: Tell) -> None:
        try:
            await self._await_answer(waiting, tell)
            while self._arrivals:
                task, tell = self._arrivals.popleft()
                more = self._ask(task, tell)
                if more is not None:
                    await self._await_answer(more, tell)
        finally:
            self._deciding = None

    async def _await_answer(self, waiting: Awaitable[object], tell: Tell) -> None:
        try:
            answer = await waiting
        except Exception as exc:  # noqa: BLE001 - as above
            tell(_broken(exc))
        else:
            self._settle(answer, tell)

    def _settle(self, answer: object, tell: Tell) -> None:
        if self.draining:
            tell(DRAINING)
        elif isinstance(answer, Refusal):
            tell(
                Verdict(
                    code=StatusCode.RESOURCE_EXHAUSTED,
                    reason=answer.reason,
                    details=f"the worker refused the task: {answer.reason}",
                    retry_after=answer.retry_after,
                )
            )
        elif answer:
            tell(
                Verdict(
                    code=StatusCode.RESOURCE_EXHAUSTED,
                    reason="backpressure",
                    details="the worker's backpressure hook refused the task",
                )
            )
        else:
            self._docket.enter()
            tell(None)


def _broken(exc: Exception) -> Verdict:
    logs.get().error("backpressure_hook_failed", exc_info=exc)
    return Verdict(
        code=StatusCode.INTERNAL,
        reason="hook-failed",
        # Some exceptions hold text that cannot be sent.
        details=f"the worker's backpressure hook raised {type(exc).__name__}: {exc}".encode(
            errors="backslashreplace"
        ).decode(),
    )
