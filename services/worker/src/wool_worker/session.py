"""The worker's half of one session."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from wool_common import frames as f
from wool_common.conversation import ENDS, Phase, advance, opening
from wool_common.deadline import Deadline
from wool_common.errors import ProtocolViolation
from wool_common.metadata import WorkerMetadata
from wool_common.task import Task
from wool_worker.admission import Admission, Verdict
from wool_worker.callables import Defined
from wool_worker.docket import Docket
from wool_worker.executor import Executor
from wool_worker.pools import Pool
from wool_worker.runs import Job, Run
from wool_worker.streams import StreamRun
from wool_worker.values import Reader

LOAD_EVERY: Final = 0.1
"""Seconds that lie at least between two reports of how busy the worker is."""

ACCEPTED_AFTER: Final = 0.002
"""Seconds after which acceptance is said on its own; a shorter task's end implies it."""


class Ground(Protocol):
    """What a session needs of the worker it is on."""

    @property
    def worker(self) -> WorkerMetadata: ...

    @property
    def docket(self) -> Docket: ...

    @property
    def reader(self) -> Reader: ...

    @property
    def admission(self) -> Admission: ...

    @property
    def executor(self) -> Executor: ...


class Say(Protocol):
    """Hands a frame to the client; *alone* where no other is about to follow."""

    def __call__(self, frame: f.WorkerFrame, *, alone: bool = False) -> None: ...


class PoolTable(Protocol):
    """Where a session finds the pools it is told of."""

    def open(self, opened: f.OpenPool) -> Pool: ...

    def release(self, pool: Pool) -> None: ...


class Session:
    """
    The worker's half of one session; its state lives on *loop*.

    *say* hands a frame to the client. *post* is how runs, on the routines' loop, get
    frames here.
    """

    def __init__(
        self,
        ground: Ground,
        *,
        pools: PoolTable,
        loop: asyncio.AbstractEventLoop,
        say: Say,
        post: Callable[[f.WorkerFrame], object],
        forget: Callable[[f.Payload], None] = lambda payload: None,
    ) -> None:
        self._ground = ground
        self._table = pools
        self._loop = loop
        self._say = say
        self._post = post
        self._forget = forget
        self._phases: dict[int, Phase] = {}
        self._runs: dict[int, Run] = {}
        self._arguments: dict[int, f.Payload] = {}
        self._defined: dict[int, Defined] = {}
        self._pools: dict[int, Pool] = {}
        self._last_task = 0
        self._unsaid: dict[int, f.Accepted] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._load = f.Load(0, 0)
        self._load_due = 0.0

    # ── what the client says ──────────────────────────────────────────────────

    def receive(self, frame: f.ClientFrame) -> None:
        """
        Act on *frame*.

        Raises:
            ProtocolViolation: the client broke the table; the session must end.
        """
        handler = RECEIVE.get(type(frame))
        if handler is None:
            raise ProtocolViolation(f"{type(frame).__name__} is not allowed in an open session")
        handler(self, frame)

    def _open_pool(self, frame: f.OpenPool) -> None:
        if frame.pool in self._pools:
            raise ProtocolViolation(f"pool {frame.pool} was opened twice")
        self._pools[frame.pool] = self._table.open(frame)

    def _change_roster(self, frame: f.RosterChange) -> None:
        pool = self._pools.get(frame.pool)
        if pool is None:
            raise ProtocolViolation(f"the roster of unknown pool {frame.pool} was changed")
        pool.change(frame)

    def _close_pool(self, frame: f.ClosePool) -> None:
        pool = self._pools.pop(frame.pool, None)
        if pool is not None:
            self._table.release(pool)

    def _define(self, frame: f.Define) -> None:
        self._defined[frame.callable] = Defined(frame)

    def _start(self, frame: f.Start) -> None:
        if frame.task <= self._last_task:
            raise ProtocolViolation(f"task {frame.task} was started out of order")
        defined = self._defined.get(frame.callable)
        pool = self._pools.get(frame.pool)
        if defined is None or (frame.pool and pool is None):
            raise ProtocolViolation(f"task {frame.task} names what was never defined")

        self._last_task = frame.task
        self._phases[frame.task] = opening(frame)
        if type(frame.arguments) is not bytes:
            self._arguments[frame.task] = frame.arguments
        task = Task(
            key=frame.id,
            tag=defined.tag,
            caller_key=frame.caller,
            deadline=None if frame.timeout is None else Deadline.after(frame.timeout),
            dispatch_timeout=frame.dispatch_timeout,
            headers=frame.headers,
        )
        job = Job(frame, task, defined, pool, self._post)
        run = (StreamRun if frame.stream else Run)(job, self._ground)
        self._runs[frame.task] = run
        self._ground.admission.decide(task, functools.partial(self._decided, frame, run))

    def _decided(self, start: f.Start, run: Run, verdict: Verdict | None) -> None:
        """Take in a verdict, which a hook gives on the main loop, here or not."""
        if asyncio.get_running_loop() is self._loop:
            self._admit(start, run, verdict)
        else:
            self._loop.call_soon_threadsafe(self._admit, start, run, verdict)

    def _admit(self, start: f.Start, run: Run, verdict: Verdict | None) -> None:
        """Answer an arrival; *verdict* may come later, when the client is gone already."""
        gone = start.task not in self._runs
        if verdict is not None:
            if not gone:
                self.tell(
                    f.Refused(
                        start.task,
                        int(verdict.code),
                        verdict.reason,
                        verdict.details,
                        verdict.retry_after,
                    )
                )
            return
        if gone:
            self._ground.docket.leave(begun=False)
            return
        self._unsaid[start.task] = f.Accepted(start.task)
        if self._timer is None:
            self._timer = self._loop.call_later(ACCEPTED_AFTER, self._say_accepted)
        executor = self._ground.executor
        executor.do(functools.partial(executor.begin, run))

    def _command(self, frame: f.Next | f.Send | f.Throw | f.Close) -> None:
        run = self._advance(frame)
        if isinstance(run, StreamRun):
            self._ground.executor.do(functools.partial(run.command, frame))

    def _cancel(self, frame: f.Cancel) -> None:
        run = self._advance(frame)
        if run is None:
            return
        self._forget_arguments(frame.task)
        self._ground.executor.do(run.cancel)

    def _forget_arguments(self, number: int) -> None:
        """Let go of large arguments: the client sends no more of them."""
        arguments = self._arguments.pop(number, None)
        if arguments is not None:
            self._forget(arguments)

    def _advance(self, frame: f.Next | f.Send | f.Throw | f.Close | f.Cancel) -> Run | None:
        """Return the run *frame* is about, None where it has ended already."""
        phase = self._phases.get(frame.task)
        if phase is None:
            if not 0 < frame.task <= self._last_task:
                raise ProtocolViolation(f"task {frame.task} was never started")
            advance(Phase.ENDED, frame)
            return None
        self._phases[frame.task] = advance(phase, frame)
        return self._runs[frame.task]

    # ── what the worker says ──────────────────────────────────────────────────

    def tell(self, frame: Any) -> None:
        """Say *frame* about a task, on this session's loop."""
        number = frame.task
        phase = self._phases.get(number)
        if phase is None:
            return  # the session was closed under the run
        unsaid = self._unsaid.pop(number, None)
        kind: type[Any] = frame.__class__
        if unsaid is not None:
            if kind in ENDS or kind is f.Yielded:
                unsaid = None  # implied
            else:
                phase = advance(phase, unsaid)
        phase = advance(phase, frame)
        if phase is Phase.ENDED:
            del self._phases[number], self._runs[number]
            if self._arguments:
                self._forget_arguments(number)
        else:
            self._phases[number] = phase
        if unsaid is not None:
            self._say(unsaid)
        # The task itself, where it goes on, and no other.
        self._say(frame, alone=len(self._phases) <= 1)

    def _say_accepted(self) -> None:
        """Say the acceptances whose tasks still run, and how busy the worker is."""
        self._timer = None
        unsaid, self._unsaid = self._unsaid, {}
        for number, accepted in unsaid.items():
            self._phases[number] = advance(self._phases[number], accepted)
            self._say(accepted)
        self._say_load()

    def _say_load(self) -> None:
        now = self._loop.time()
        load = self._ground.docket.load()
        if load != self._load and now >= self._load_due:
            self._load, self._load_due = load, now + LOAD_EVERY
            self._say(load)

    # ── the end ───────────────────────────────────────────────────────────────

    def abandon(self, reason: str) -> None:
        """Say of every task that still runs that it is lost: the worker ends under it."""
        for run in list(self._runs.values()):
            self.tell(run.abandoned(reason))

    def close(self) -> None:
        """Cancel this session's tasks: nobody is left to hear of them."""
        if self._timer is not None:
            self._timer.cancel()
        runs, self._runs = self._runs, {}
        self._phases.clear()
        self._unsaid.clear()
        self._arguments.clear()
        for run in runs.values():
            self._ground.executor.do(functools.partial(run.cancel, "its client has gone"))
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            self._table.release(pool)


RECEIVE: Final[Mapping[type[f.ClientFrame], Callable[[Session, Any], None]]] = {
    f.OpenPool: Session._open_pool,  # pyright: ignore[reportPrivateUsage]
    f.RosterChange: Session._change_roster,  # pyright: ignore[reportPrivateUsage]
    f.ClosePool: Session._close_pool,  # pyright: ignore[reportPrivateUsage]
    f.Define: Session._define,  # pyright: ignore[reportPrivateUsage]
    f.Start: Session._start,  # pyright: ignore[reportPrivateUsage]
    f.Next: Session._command,  # pyright: ignore[reportPrivateUsage]
    f.Send: Session._command,  # pyright: ignore[reportPrivateUsage]
    f.Throw: Session._command,  # pyright: ignore[reportPrivateUsage]
    f.Close: Session._command,  # pyright: ignore[reportPrivateUsage]
    f.Cancel: Session._cancel,  # pyright: ignore[reportPrivateUsage]
}
