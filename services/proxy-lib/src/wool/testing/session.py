"""The worker's half of one session, as a script says it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, cast

from wool.testing.copies import Routine, arrived
from wool.testing.inplace import Place
from wool.testing.reactions import Accept, Ignore, Lose, Reaction, Refuse
from wool.testing.runs import FakeRun
from wool_common import frames as f
from wool_common.conversation import Phase, advance, opening
from wool_common.deadline import Deadline
from wool_common.errors import ProtocolViolation
from wool_common.task import Task


class Script(Protocol):
    """What a session asks the fake worker it is on."""

    @property
    def place(self) -> Place: ...

    def reaction_to(self, task: Task) -> Reaction: ...

    def begun(self, task: Task) -> None: ...


class FakeSession:
    """
    The worker's half of one session.

    *lost* is set where the script cuts it, *ended* once it is over.
    """

    def __init__(self, script: Script, say: Callable[[Any], None]) -> None:
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self._script = script
        self._say = say
        self._phases: dict[int, Phase] = {}
        self._runs: dict[int, FakeRun] = {}
        self._defined: dict[int, f.Define] = {}
        self._routines: dict[int, Routine] = {}
        self._settling: dict[int, asyncio.Task[None]] = {}

    @property
    def active(self) -> int:
        """Tasks that have arrived and have not ended."""
        return len(self._phases)

    def tell(self, frame: f.WorkerFrame) -> None:
        """Say something that is about no task."""
        if not self.lost.done():
            self._say(frame)

    def cut(self, details: str) -> None:
        """End the session without another word."""
        if not self.lost.done():
            self.lost.set_result(details)

    def receive(self, frame: f.ClientFrame) -> None:
        """
        Act on *frame*.

        Raises:
            ProtocolViolation: the client broke the table.
        """
        match frame:
            case f.Define():
                self._defined[frame.callable] = frame
                self._routines.pop(frame.callable, None)
            case f.Start():
                self._start(frame)
            case f.Next() | f.Send() | f.Throw() | f.Close() | f.Cancel():
                self._command(frame)
            case f.OpenPool() | f.RosterChange() | f.ClosePool():
                pass  # routines here call one another in place
            case _:
                raise ProtocolViolation(f"{type(frame).__name__} came within a session")

    async def aclose(self) -> None:
        """Cancel whatever still runs."""
        settling, runs = tuple(self._settling.values()), tuple(self._runs.values())
        self._phases.clear()
        for waiting in settling:
            waiting.cancel()
        if settling:
            await asyncio.wait(settling)
        for run in runs:
            await run.aclose()

    def _start(self, start: f.Start) -> None:
        define = self._defined[start.callable]
        self._phases[start.task] = opening(start)
        task = Task(
            key=start.id,
            tag=define.tag,
            caller_key=start.caller,
            deadline=None if start.timeout is None else Deadline.after(start.timeout),
            dispatch_timeout=start.dispatch_timeout,
            headers=start.headers,
        )
        match self._script.reaction_to(task):
            case Refuse(code=code, reason=reason, details=details, retry_after=after):
                self._tell(f.Refused(start.task, int(code), reason, details, after))
            case Lose(details=details):
                self.cut(details)
            case Ignore():
                pass
            case Accept() as accept:
                run = self._runs[start.task] = FakeRun(start, task, self._script.place, self._tell)
                self._soon(start.task, self._accept(accept, run, define, start.task))

    async def _accept(self, accept: Accept, run: FakeRun, define: f.Define, number: int) -> None:
        await accept.settle()
        self._tell(f.Accepted(number))
        self._script.begun(run.task)
        run.begin(self._routine(define))

    async def _routine(self, define: f.Define) -> Routine:
        known = self._routines.get(define.callable)
        if known is None:
            known = cast(Routine, await arrived(define.payload))
            self._routines[define.callable] = known
        return known

    def _command(self, frame: f.Next | f.Send | f.Throw | f.Close | f.Cancel) -> None:
        phase = self._phases.get(frame.task)
        if phase is None:
            return  # it crossed the end on the wire
        self._phases[frame.task] = advance(phase, frame)
        run = self._runs.get(frame.task)
        if not isinstance(frame, f.Cancel):
            if run is not None:
                run.command(frame)
            return
        waiting = self._settling.get(frame.task)
        if run is not None and waiting is not None and waiting.done():
            # It begins this very moment: one that has not taken a step would not answer.
            asyncio.get_running_loop().call_soon(run.cancel)
        elif waiting is not None or run is None:
            # It has not begun, and now it never will.
            if waiting is not None:
                waiting.cancel()
            self._tell(f.Cancelled(frame.task))
        else:
            run.cancel()

    def _soon(self, number: int, act: Coroutine[Any, Any, None]) -> None:
        waiting = asyncio.get_running_loop().create_task(act, name="wool-fake-accept")
        self._settling[number] = waiting
        waiting.add_done_callback(lambda _: self._settling.pop(number, None))

    def _tell(self, frame: Any) -> None:
        """Say *frame* about a task, as the table allows."""
        phase = self._phases.get(frame.task)
        if phase is None or self.lost.done():
            return
        self._phases[frame.task] = phase = advance(phase, frame)
        if phase is Phase.ENDED:
            del self._phases[frame.task]
            self._runs.pop(frame.task, None)
        self._say(frame)
