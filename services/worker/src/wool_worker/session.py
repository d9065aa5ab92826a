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
from wool_worker.admission import Admission, Arrival
from wool_worker.callables import Defined
from wool_worker.docket import Docket
from wool_worker.executor import Executor
from wool_worker.limits import NO_LIMIT, ValueLimit, spoilt
from wool_worker.loads import LoadReports
from wool_worker.pools import NumberedPools, PoolTable
from wool_worker.runs import Job, Run
from wool_worker.streams import StreamRun
from wool_worker.values import Reader
from wool_worker.verdicts import WITHDRAWN, Verdict

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
        limit: ValueLimit = NO_LIMIT,
    ) -> None:
        self._ground = ground
        self._loop = loop
        self._say = say
        self._post = post
        self._forget = forget
        self._limit = limit
        self._oversized: dict[int, Verdict] = {}
        self._phases: dict[int, Phase] = {}
        self._runs: dict[int, Run] = {}
        self._arguments: dict[int, f.Payload] = {}
        self._defined: dict[int, Defined] = {}
        self._pools = NumberedPools(pools)
        self._undecided: dict[int, Arrival] = {}
        self._last_task = 0
        self._unsaid: dict[int, f.Accepted] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.reports = LoadReports(ground.docket.load, loop.time, say)

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

    def _define(self, frame: f.Define) -> None:
        verdict = self._limit.verdict("the routine has", frame.payload)
        if verdict is not None:
            self._oversized[frame.callable] = verdict
            self._forget(frame.payload)
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
            pool="" if pool is None else pool.id,
        )
        job = Job(frame, task, defined, pool, self._post)
        run = (StreamRun if frame.stream else Run)(job, self._ground)
        self._runs[frame.task] = run
        verdict = self._oversized.get(frame.callable)
        verdict = verdict or self._limit.verdict("the arguments have", frame.arguments)
        if verdict is not None:
            self._refuse(frame.task, verdict)
            return
        tell = functools.partial(self._decided, frame, run)
        arrival = self._ground.admission.decide(task, tell)
        if arrival is not None:
            self._undecided[frame.task] = arrival

    def _decided(self, start: f.Start, run: Run, verdict: Verdict | None) -> None:
        """Take in a verdict, which a hook gives on the main loop, here or not."""
        if asyncio.get_running_loop() is self._loop:
            self._admit(start, run, verdict)
        else:
            self._loop.call_soon_threadsafe(self._admit, start, run, verdict)

    def _admit(self, start: f.Start, run: Run, verdict: Verdict | None) -> None:
        """Answer an arrival; *verdict* may come later, when the client is gone already."""
        self._undecided.pop(start.task, None)
        gone = start.task not in self._runs
        if verdict is not None:
            if not gone:
                self._refuse(start.task, verdict)
            return
        if gone:
            self._ground.docket.leave(begun=False)
            return
        self._unsaid[start.task] = f.Accepted(start.task)
        if self._timer is None:
            self._timer = self._loop.call_later(ACCEPTED_AFTER, self._say_accepted)
        executor = self._ground.executor
        executor.do(functools.partial(executor.begin, run))

    def _refuse(self, number: int, verdict: Verdict) -> None:
        self._runs[number].refused(verdict.reason)
        code, after = int(verdict.code), verdict.retry_after
        self.tell(f.Refused(number, code, verdict.reason, verdict.details, after))

    def _command(self, frame: f.Next | f.Send | f.Throw | f.Close) -> None:
        run = self._advance(frame)
        if type(frame) is f.Close and self._withdraw(frame.task):
            return
        if not isinstance(run, StreamRun):
            return
        if type(frame) is f.Send or type(frame) is f.Throw:
            verdict = self._limit.verdict("what was sent has", frame[1])
            if verdict is not None:
                self._forget(frame[1])
                frame = spoilt(frame, verdict, self._ground.worker.address)
        self._ground.executor.do(functools.partial(run.command, frame))

    def _cancel(self, frame: f.Cancel) -> None:
        run = self._advance(frame)
        if run is None or self._withdraw(frame.task):
            return
        self._forget_arguments(frame.task)
        self._ground.executor.do(run.cancel)

    def _withdraw(self, number: int) -> bool:
        """Refuse a task that nobody wants any more; False where the hook has answered."""
        arrival = self._undecided.pop(number, None)
        if arrival is None:
            return False
        arrival.withdraw()
        self._refuse(number, WITHDRAWN)
        return True

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
        self.reports.tell()

    # ── the end ───────────────────────────────────────────────────────────────

    def abandon(self, reason: str) -> None:
        """Say of every task that still runs that it is lost: the worker ends under it."""
        for run in list(self._runs.values()):
            self.tell(run.abandoned(reason))

    def close(self) -> None:
        """Cancel this session's tasks: nobody is left to hear of them."""
        if self._timer is not None:
            self._timer.cancel()
        for arrival in self._undecided.values():
            arrival.withdraw()
        self._undecided.clear()
        runs, self._runs = self._runs, {}
        self._phases.clear()
        self._unsaid.clear()
        self._arguments.clear()
        for run in runs.values():
            self._ground.executor.do(functools.partial(run.cancel, "its client has gone"))
        self._pools.close_all()


RECEIVE: Final[Mapping[type[f.ClientFrame], Callable[[Session, Any], None]]] = {
    f.OpenPool: lambda session, frame: session._pools.open(frame),  # pyright: ignore[reportPrivateUsage]
    f.RosterChange: lambda session, frame: session._pools.change(frame),  # pyright: ignore[reportPrivateUsage]
    f.ClosePool: lambda session, frame: session._pools.close(frame),  # pyright: ignore[reportPrivateUsage]
    f.Define: Session._define,  # pyright: ignore[reportPrivateUsage]
    f.Start: Session._start,  # pyright: ignore[reportPrivateUsage]
    f.Next: Session._command,  # pyright: ignore[reportPrivateUsage]
    f.Send: Session._command,  # pyright: ignore[reportPrivateUsage]
    f.Throw: Session._command,  # pyright: ignore[reportPrivateUsage]
    f.Close: Session._command,  # pyright: ignore[reportPrivateUsage]
    f.Cancel: Session._cancel,  # pyright: ignore[reportPrivateUsage]
}
