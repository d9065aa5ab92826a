"""One call of a routine on the routines' loop."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast

from wool_common import logs
from wool_common.errors import WorkerLost
from wool_common.frames import (
    Cancelled,
    Cancelling,
    Payload,
    Raised,
    Returned,
    Start,
    WorkerFrame,
)
from wool_common.metadata import WorkerMetadata
from wool_common.pickling.values import dump, load
from wool_common.task import CURRENT_TASK, Task
from wool_common.task_fields import task_fields
from wool_common.watching import WATCHING
from wool_worker.callables import Defined, Routine
from wool_worker.docket import Docket
from wool_worker.pools import Pool
from wool_worker.seen import Seen
from wool_worker.tallies import Outcome
from wool_worker.values import Reader, on_worker, raised

OUTCOME_OF: Final[Mapping[type[WorkerFrame], Outcome]] = {
    Returned: "returned",
    Cancelled: "cancelled",
}
"""What an end counts as; any other is `raised`."""

CANCELLING_AFTER = 0.01
"""Seconds after which a routine that still cleans up is reported as being cancelled."""


@dataclass(frozen=True, slots=True)
class Job:
    """All a run needs to know."""

    start: Start
    task: Task
    defined: Defined
    pool: Pool | None
    post: Callable[[WorkerFrame], object]
    """Says a frame to the client; callable from the routines' loop."""


class Ground(Protocol):
    """What a run needs of the worker it is on."""

    @property
    def worker(self) -> WorkerMetadata: ...

    @property
    def docket(self) -> Docket: ...

    @property
    def reader(self) -> Reader: ...


class Run:
    """
    One task on the routines' loop: a call; `StreamRun` is a generator.

    `begin` and `cancel` are called on that loop. Exactly one end is posted.
    """

    def __init__(self, job: Job, ground: Ground) -> None:
        self._job = job
        self._ground = ground
        self._number = job.start.task
        self._running: asyncio.Task[None] | None = None
        self._entered = False
        self._begun = False
        self._cancelled = False
        self._lost: str | None = None
        self._told = False
        self._at = self._began = ground.docket.clock()

    def begin(self, loop: asyncio.AbstractEventLoop, done: Callable[[Run], None]) -> None:
        """Start to run; *done* is called once the end has been posted."""
        self._running = loop.create_task(self._main(done), name=self._job.task.tag)

    def refused(self, reason: str) -> None:
        """Note that it was not let in; from any thread."""
        self._ground.docket.tallies.refused(reason)
        if logs.shows("debug"):
            logs.get().debug("task_refused", reason=reason, **task_fields(self._job.task))

    def cancel(self, lost: str | None = None) -> None:
        """Cancel the routine; *lost* is the reason where it is the worker that wants it."""
        self._lost = lost or self._lost
        self._deliver()

    def abandoned(self, reason: str, cause: BaseException | None = None) -> WorkerFrame:
        """Return the end that tells of a task the worker gives up; from any thread."""
        worker = self._ground.worker
        lost = WorkerLost(worker.uid, worker.address, reason)
        lost.__cause__ = cause
        return self._raised(lost)

    def _deliver(self) -> None:
        """Cancel what runs now, and tell the client should it take its time."""
        running = self._running
        if running is not None and running.done():
            return
        self._cancelled = True
        if running is None or not self._entered:
            return  # `_main` looks; a task cancelled before its first step would post no end
        running.cancel()
        running.get_loop().call_later(CANCELLING_AFTER, self._tell_cancelling)

    def _tell_cancelling(self) -> None:
        running = self._running
        if running is not None and not running.done() and self._owes_notice():
            self._told = True
            self._job.post(Cancelling(self._number))

    def _owes_notice(self) -> bool:
        """Tell whether the client has cancelled and does not know yet that it was heard."""
        return self._cancelled and not self._told and self._lost is None

    async def _main(self, done: Callable[[Run], None]) -> None:
        job = self._job
        self._entered = True
        CURRENT_TASK.set(job.task)
        seen = self._seen() if WATCHING.runs else None
        try:
            if self._cancelled:
                raise asyncio.CancelledError
            unlimited = job.task.deadline is None
            end = await (self._within_scope() if unlimited else self._within_limits())
        except asyncio.CancelledError as exc:
            # One that nobody asked for is the routine's own, and crosses like any other.
            end = self._lost_end(exc) or (
                Cancelled(self._number) if self._cancelled else self._raised(exc)
            )
            if seen is not None and isinstance(end, Raised) and self._lost is None:
                seen.raised(exc)
        except BaseException as exc:  # noqa: BLE001 - the boundary: whatever a routine raises is an answer
            self._strip(exc)
            end = self._raised(exc)
            if seen is not None:
                seen.raised(exc)
        if self._owes_notice() and type(end) is not Cancelled:
            # The routine outlived its cancellation: the caller must be able to tell this
            # from an end that crossed the cancellation on the wire.
            job.post(Cancelling(self._number))
        docket = self._ground.docket
        now = docket.clock()
        outcome = self._outcome(end)
        docket.tallies.ended(job.task.tag, outcome, now - self._at)
        docket.leave(begun=self._begun)
        if job.start.timed and self._begun and type(end) is not Returned:
            end = timed(end, now - self._began)
        if seen is not None:
            seen.ended(outcome, now - self._at)
        job.post(end)
        done(self)

    def _seen(self) -> Seen:
        job, ground = self._job, self._ground
        waited = ground.docket.clock() - self._at
        return Seen(job.task, ground.worker, stream=job.start.stream, waited=waited)

    async def _within_limits(self) -> WorkerFrame:
        deadline = self._job.task.deadline
        assert deadline is not None
        limit = asyncio.timeout(deadline.remaining())
        try:
            async with limit:
                return await self._within_scope()
        except TimeoutError as exc:
            if limit.expired() and not exc.args:
                exc.args = (f"{self._job.task.tag} took longer than it was given",)
            raise

    async def _within_scope(self) -> WorkerFrame:
        job, ground = self._job, self._ground
        fn = job.defined.fn or await job.defined.resolve(ground.reader, ground.worker)
        args, kwargs = await self._arguments(job.start.arguments)
        if job.pool is None:
            return await self._execute(fn, args, kwargs)

        scope = job.pool.opened or await job.pool.scope()
        async with scope.entered():
            return await self._execute(fn, args, kwargs)

    async def _execute(
        self, fn: Routine, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> WorkerFrame:
        self._note_begun()
        value = fn(*args, **kwargs)
        if not inspect.isawaitable(value):
            raise TypeError(
                f"{self._job.task.tag} is not a coroutine function: it returned"
                f" {type(value).__name__}"
            )
        result = await cast(Awaitable[object], value)
        payload = dump(result, exceptions=True, root="result")
        return Returned(self._number, payload, self._seconds())

    def _note_begun(self) -> None:
        self._begun = True
        docket = self._ground.docket
        if self._job.start.timed:
            self._began = docket.clock()
        docket.begin()

    def _seconds(self) -> float:
        """Return how long it has run, 0 where nobody wants to know."""
        return self._ground.docket.clock() - self._began if self._job.start.timed else 0.0

    async def _arguments(self, payload: Payload) -> tuple[tuple[object, ...], dict[str, object]]:
        try:
            small = type(payload) is bytes
            opened = load(payload) if small else await self._ground.reader.open(payload)
        except Exception as exc:  # noqa: BLE001 - unpickling raises whatever it likes
            raise on_worker(exc, self._ground.worker) from exc.__cause__
        return cast(tuple[tuple[object, ...], dict[str, object]], opened)

    def _raised(self, exc: BaseException) -> WorkerFrame:
        key = str(self._job.task.id)
        return raised(self._number, exc, key=key, worker=self._ground.worker)

    def _outcome(self, end: WorkerFrame) -> Outcome:
        if self._lost is not None and type(end) is not Returned:
            return "lost"
        return OUTCOME_OF.get(type(end), "raised")

    def _lost_end(self, exc: asyncio.CancelledError) -> WorkerFrame | None:
        """Return the end of a task that the worker, not the caller, has cancelled."""
        return None if self._lost is None else self.abandoned(self._lost, exc)

    @staticmethod
    def _strip(exc: BaseException) -> None:
        """Leave this module's own frames out of what the caller is shown."""
        trace = exc.__traceback__
        while trace is not None and trace.tb_frame.f_globals.get("__name__", "").startswith(
            "wool_worker."
        ):
            trace = trace.tb_next
        if trace is not None:
            exc.__traceback__ = trace


def timed(end: WorkerFrame, seconds: float) -> WorkerFrame:
    """Return *end* with how long the routine ran."""
    if isinstance(end, Raised):
        return Raised(end.task, end.error, seconds)
    return Cancelled(end.task, seconds) if isinstance(end, Cancelled) else end
