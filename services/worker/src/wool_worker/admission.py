"""Decide whether a task may start on this worker."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from wool_common import logs
from wool_common.backpressure import BackpressureContext, BackpressureLike
from wool_common.loops import Handover
from wool_common.task import Task
from wool_common.task_fields import task_fields
from wool_worker.docket import Docket
from wool_worker.verdicts import DRAINING, Verdict, answered, broken, silent, unasked

HOOK_SECONDS: Final = 10.0
"""What a task waits for the hook's answer, from its arrival on."""

Tell = Callable[[Verdict | None], None]


class Arrival:
    """A task that waits for the hook's answer; its state lives on the main loop."""

    __slots__ = ("_loop", "at", "is_withdrawn", "over", "task", "tell")

    def __init__(self, task: Task, tell: Tell, loop: asyncio.AbstractEventLoop) -> None:
        self.task = task
        self.tell = tell
        self.is_withdrawn = False
        self.at = 0.0
        self.over: asyncio.Future[None] | None = None
        """Set where the hook's answer counts no more; there only once the hook is asked."""
        self._loop = loop

    def withdraw(self) -> None:
        """Say, from any thread, that the task is not wanted any more: nothing is told of it."""
        self.is_withdrawn = True
        self._loop.call_soon_threadsafe(self.end)

    def end(self) -> None:
        """Wait for the hook no longer."""
        if self.over is not None and not self.over.done():
            self.over.set_result(None)


class Admission:
    """
    Decides whether a task may start, counting it in the same step.

    The hook runs on the main loop, one arrival at a time, so that simultaneous arrivals
    never see the same count, also where the hook awaits. *lag* tells how late the
    routines' loop is.
    """

    def __init__(
        self,
        docket: Docket,
        hook: BackpressureLike | None,
        loop: asyncio.AbstractEventLoop,
        *,
        lag: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._docket = docket
        self._hook = hook
        self._loop = loop
        self._lag = lag
        self._queue: deque[Arrival] = deque()
        self._mail: Handover[Arrival] = Handover(loop, self._arrive)
        self._asked: Arrival | None = None
        self._tasks: set[asyncio.Task[object]] = set()
        self._draining = False

    @property
    def draining(self) -> bool:
        """Tell whether every task is refused because the worker is about to end."""
        return self._draining

    def drain(self) -> None:
        """Refuse every task from now on, and those that wait for the hook; on the main loop."""
        self._draining = True
        queue, self._queue = self._queue, deque()
        if self._asked is not None:
            self._asked.end()
        for arrival in queue:
            self._tell(arrival, DRAINING)

    def decide(self, task: Task, tell: Tell) -> Arrival | None:
        """
        Tell whether *task* may start; None counts it in and lets it.

        Callable from any thread. *tell* is called at once where no hook is set, else later
        on the main loop, for the arrival that is returned.
        """
        if self._draining:
            tell(DRAINING)
        elif self._hook is None:
            self._docket.enter()
            tell(None)
        else:
            arrival = Arrival(task, tell, self._loop)
            self._mail.put(arrival)
            return arrival
        return None

    def _arrive(self, arrival: Arrival) -> None:
        if self._draining:
            self._tell(arrival, DRAINING)
            return
        arrival.at = self._loop.time()
        self._queue.append(arrival)
        self._ask_next()

    def _ask_next(self) -> None:
        while self._queue and self._asked is None:
            arrival = self._queue.popleft()
            if arrival.is_withdrawn:
                continue
            if self._remaining(arrival) > 0:
                self._ask(arrival)
            else:
                self._tell(arrival, unasked(HOOK_SECONDS))

    def _ask(self, arrival: Arrival) -> None:
        """Settle the arrival, or begin to wait for what the hook wants awaited first."""
        assert self._hook is not None
        context = BackpressureContext(self._docket.active, arrival.task, self._lag())
        answer = _first_answer(self._hook, context)
        if isinstance(answer, _Failed) or not inspect.isawaitable(answer):
            self._settle(arrival, answer)
            return
        self._asked = arrival
        arrival.over = self._loop.create_future()
        self._own(self._loop.create_task(self._wait(arrival, answer), name="wool-admission"))

    async def _wait(self, arrival: Arrival, answer: Awaitable[object]) -> None:
        """Settle the arrival when the hook answers or its answer counts no more."""
        assert arrival.over is not None
        # In a task of its own, so that a hook which clings to life holds up nobody.
        asking = self._own(self._loop.create_task(_answer(answer), name="wool-backpressure"))
        wanted = (asking, arrival.over)
        limit = self._remaining(arrival)
        try:
            await asyncio.wait(wanted, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asking.cancel()
        self._asked = None
        try:
            if arrival.over.done():
                self._tell(arrival, DRAINING)
            elif asking.done():
                self._settle(arrival, asking.result())
            else:
                about = task_fields(arrival.task)
                logs.get().error("backpressure_hook_silent", seconds=HOOK_SECONDS, **about)
                self._tell(arrival, silent(HOOK_SECONDS))
        finally:
            self._ask_next()

    def _settle(self, arrival: Arrival, answer: object) -> None:
        if isinstance(answer, _Failed):
            verdict = _blamed(answer.error, arrival.task)
        else:
            try:
                verdict = answered(answer)
            except Exception as exc:  # noqa: BLE001 - an answer's truth may be anybody's code
                verdict = _blamed(exc, arrival.task)
        self._tell(arrival, verdict)

    def _tell(self, arrival: Arrival, verdict: Verdict | None) -> None:
        if arrival.is_withdrawn:  # looked at once: who withdraws later leaves the docket, too
            return
        if verdict is None:
            self._docket.enter()
        arrival.tell(verdict)

    def _remaining(self, arrival: Arrival) -> float:
        return arrival.at + HOOK_SECONDS - self._loop.time()

    def _own(self, task: asyncio.Task[object]) -> asyncio.Task[object]:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


@dataclass(frozen=True, slots=True)
class _Failed:
    """Stands in for the answer of a hook that raised."""

    error: BaseException


def _first_answer(hook: BackpressureLike, context: BackpressureContext) -> object:
    try:
        return hook(context)
    except BaseException as exc:  # noqa: BLE001 - a broken hook refuses one task; the worker stays
        return _Failed(exc)


async def _answer(awaitable: Awaitable[object]) -> object:
    try:
        return await awaitable
    except BaseException as exc:  # noqa: BLE001 - as above; nobody reads it after a cancellation
        return _Failed(exc)


def _blamed(exc: BaseException, task: Task) -> Verdict:
    logs.get().error("backpressure_hook_failed", exc_info=exc, **task_fields(task))
    return broken(exc)
