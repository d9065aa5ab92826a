"""Random walks of one half of a session; the test plays the other one."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import pytest
from contract_routines import call, stream
from halves import HeardCall, IdleExecutor, LaneWire, WorkerHalf, definition, opening, order
from hypothesis import strategies as st

from wool.runtime.worker.calls import Caller, Command
from wool.runtime.worker.session import POOL, Session
from wool_common import frames as f
from wool_common.backpressure import BackpressureContext
from wool_common.conversation import ENDS, NEXT, Phase, advance
from wool_common.conversation import opening as opened
from wool_common.errors import ProtocolViolation
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_worker.session import ACCEPTED_AFTER

Draw = Callable[[st.SearchStrategy[Any]], Any]
Step = Callable[[], Awaitable[None]]

COMMANDS: Final[list[type[Command]]] = [f.Next, f.Send, f.Throw, f.Close, f.Cancel]
ANSWERS: Final[list[type[Any]]] = [f.Accepted, f.Yielded, f.Cancelling]
LAST_WORDS: Final[list[type[Any]]] = [f.Refused, f.Returned, f.Raised, f.Cancelled]
IMPLY_ACCEPTED: Final = ENDS | {f.Yielded}
REST: Final[dict[type[Any], tuple[Any, ...]]] = {
    f.Next: (1,),
    f.Send: (b"value",),
    f.Throw: (b"error",),
    f.Refused: (8, "backpressure", "full"),
    f.Yielded: (b"value",),
    f.Returned: (b"value",),
    f.Raised: (b"error",),
}
ALICE: Final = WorkerMetadata(uid=WorkerId("alice"), address="a:1")


def made(kind: type[Any], task: int) -> Any:
    """Return a frame of *kind* about *task*."""
    return kind(task, *REST.get(kind, ()))


async def settle() -> None:
    """Let everything happen that takes no time."""
    for _ in range(12):
        await asyncio.sleep(0)


class Transcript:
    """What was said, by either side; each frame must be a row of the table."""

    def __init__(self) -> None:
        self.phases: dict[int, Phase] = {}
        self.said: list[Any] = []
        self.last_words: Counter[int] = Counter()

    def say(self, frame: Any) -> None:
        """Note what the half that is walked says; blame it where the table forbids it."""
        self.said.append(frame)
        self.note(frame)

    def note(self, frame: Any) -> None:
        """Note *frame*."""
        if isinstance(frame, f.Start):
            assert frame.task not in self.phases
            self.phases[frame.task] = opened(frame)
        elif hasattr(frame, "task"):
            self.phases[frame.task] = advance(self.phases[frame.task], frame)
            self.last_words[frame.task] += type(frame) in LAST_WORDS

    def allows(self, task: int, kind: type[Any]) -> bool:
        """Tell whether the table has a row for a frame of *kind* about *task* now."""
        return (self.phases[task], kind) in NEXT

    def must_blame(self, act: Callable[[], None]) -> None:
        """Do *act*, which must be blamed, and after which nothing must have been said."""
        before = len(self.said)
        with pytest.raises(ProtocolViolation):
            act()
        assert self.said[before:] == []


class Arrival(NamedTuple):
    """A task that waits for the worker's verdict; *gate* opens where it is late."""

    task: int
    is_refused: bool
    gate: asyncio.Future[bool] | None


class WorkerWalk:
    """Random steps of the worker's half; the test plays the client and the runs."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.transcript = Transcript()
        loop = asyncio.get_running_loop()
        executor = IdleExecutor(loop)
        self.half = WorkerHalf(loop, self.transcript.say, executor=executor, hook=self._hook)
        self.session = self.half.session
        self._undecided: deque[Arrival] = deque()
        self._verdicts: dict[bytes, bool | asyncio.Future[bool]] = {}
        self._running: set[int] = set()
        self._count = 0
        self.session.receive(opening())
        for number, fn in enumerate((call, stream), 1):
            ready = definition(fn)
            assert isinstance(ready.payload, bytes)
            self.session.receive(f.Define(number, ready.payload, ready.tag))

    async def step(self) -> None:
        """Take one step of any kind."""
        steps: list[Step] = [self._start, self._decide, self._pause, self._blunder]
        steps += [self._hear] * 3 if self._count else []
        steps += [self._tell] * 3 if self._running else []
        await self.draw(st.sampled_from(steps))()
        await settle()
        self._note_verdicts()

    async def finish(self) -> None:
        """Bring every task to its end."""
        while self._undecided:
            await self._decide()
            await settle()
            self._note_verdicts()
        for task in sorted(self._running):
            self.session.tell(f.Returned(task, b"value"))

    async def _start(self) -> None:
        """Hear of a new task, which the worker admits or refuses, now or later."""
        self._count += 1
        is_refused, is_late, is_stream = self.draw(st.tuples(*[st.booleans()] * 3))
        gate = asyncio.get_running_loop().create_future() if is_late else None
        key = self._count.to_bytes(16)
        self._verdicts[key] = is_refused if gate is None else gate
        self._undecided.append(Arrival(self._count, is_refused, gate))
        start = f.Start(self._count, key, 1 + is_stream, POOL, b"", stream=is_stream)
        self.transcript.note(start)
        self.session.receive(start)

    async def _decide(self) -> None:
        """Let the worker make up its mind about the task that waits longest."""
        for arrival in self._undecided:
            if arrival.gate is not None and not arrival.gate.done():
                arrival.gate.set_result(arrival.is_refused)
                return

    async def _pause(self) -> None:
        """Let the time pass after which acceptance is said on its own."""
        await asyncio.sleep(2 * ACCEPTED_AFTER)

    async def _hear(self) -> None:
        """Hear the client about some task, rightly or wrongly."""
        task = self.draw(st.integers(1, self._count))
        kind = self.draw(st.sampled_from([f.Start, *COMMANDS]))
        frame = f.Start(task, bytes(16), 1, POOL, b"") if kind is f.Start else made(kind, task)
        if self.transcript.allows(task, kind):
            self.session.receive(frame)
            self.transcript.note(frame)
        else:
            self.transcript.must_blame(lambda: self.session.receive(frame))

    async def _tell(self) -> None:
        """Say what comes of a run, rightly or wrongly."""
        task = self.draw(st.sampled_from(sorted(self._running)))
        kind = self.draw(st.sampled_from([*ANSWERS, *LAST_WORDS]))
        phase = self.transcript.phases[task]
        if kind not in IMPLY_ACCEPTED:
            phase = NEXT.get((phase, f.Accepted), phase)
        if (phase, kind) in NEXT and kind is not f.Accepted:
            self.session.tell(made(kind, task))
        else:
            self.transcript.must_blame(lambda: self.session.tell(made(kind, task)))
            self.session.tell(f.Cancelled(task))  # a run that has blundered is given up
        if self.transcript.phases[task] is Phase.ENDED:
            self._running.discard(task)

    async def _blunder(self) -> None:
        """Hear what is about nothing the worker knows."""
        unknown = self._count + 1
        frames = [
            *(made(kind, unknown) for kind in COMMANDS),
            made(f.Cancel, 0),
            f.Hello(1, "3.11", 5, "client", "1"),
            opening(),
            f.RosterChange(POOL + 1, 2, (), ()),
            f.Start(unknown, bytes(16), 99, POOL, b""),
            f.Start(unknown, bytes(16), 1, POOL + 1, b""),
            f.Chunk(1, b""),
        ]
        frame = self.draw(st.sampled_from(frames))
        self.transcript.must_blame(lambda: self.session.receive(frame))

    def _hook(self, context: BackpressureContext) -> bool | Awaitable[bool]:
        return self._verdicts[context.task.key]

    def _note_verdicts(self) -> None:
        arrivals, self._undecided = self._undecided, deque()
        for arrival in arrivals:
            task, is_refused, gate = arrival
            if self.transcript.phases[task] is Phase.ENDED:
                continue  # refused, or taken back before the worker had made up its mind
            if self._undecided or (gate is not None and not gate.done()):
                self._undecided.append(arrival)
            elif not is_refused:
                self._running.add(task)


class ClientWalk:
    """Random steps of the client's half; the test plays the callers and the worker."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.transcript = Transcript()
        self.meant = Transcript()
        loop = asyncio.get_running_loop()
        self.session = Session(loop, LaneWire(self.transcript.say))
        self.calls: list[HeardCall] = []
        self.is_welcome = False
        self._caller = Caller(loop)

    async def step(self) -> None:
        """Take one step of any kind."""
        steps: list[Step] = [self._submit, self._blunder]
        steps += [self._say] * 3 if self.calls else []
        steps += [self._hear] * 4 if self.calls and self.is_welcome else []
        steps += [self.welcome] if not self.is_welcome else []
        await self.draw(st.sampled_from(steps))()

    async def finish(self) -> None:
        """Bring every task to its end."""
        if not self.is_welcome:
            await self.welcome()
        for made_call in self.calls:
            if self.meant.phases[made_call.number] is not Phase.ENDED:
                self._receive(f.Returned(made_call.number, b"value"))

    async def welcome(self) -> None:
        """Hear that the session is open."""
        self.is_welcome = True
        self.session.welcome()
        assert self.transcript.phases == self.meant.phases

    async def _submit(self) -> None:
        """Send a task."""
        is_stream = self.draw(st.booleans())
        fn = stream if is_stream else call
        made_call = HeardCall(order(fn, stream=is_stream), self._caller)
        self.calls.append(made_call)
        self.session.submit(made_call)
        number = made_call.number
        self.meant.note(f.Start(number, bytes(16), 1, POOL, b"", stream=is_stream))

    async def _say(self) -> None:
        """Say something about some task, rightly or wrongly."""
        made_call = self.draw(st.sampled_from(self.calls))
        kind = self.draw(st.sampled_from(COMMANDS))
        number, rest = made_call.number, REST.get(kind, ())
        before = len(self.transcript.said)
        if self.meant.phases[number] is Phase.ENDED:
            self.session.say_for(made_call, kind, *rest)
            assert self.transcript.said[before:] == []
        elif self.meant.allows(number, kind):
            self.session.say_for(made_call, kind, *rest)
            self.meant.note(made(kind, number))
            assert self.transcript.said[before:] == [made(kind, number)][: self.is_welcome]
        else:
            self.transcript.must_blame(lambda: self.session.say_for(made_call, kind, *rest))

    async def _hear(self) -> None:
        """Hear the worker about some task, rightly or wrongly."""
        number = self.draw(st.sampled_from(self.calls)).number
        kind = self.draw(st.sampled_from([*ANSWERS, *LAST_WORDS]))
        if self.meant.allows(number, kind):
            self._receive(made(kind, number))
        else:
            self.transcript.must_blame(lambda: self.session.receive(made(kind, number)))

    async def _blunder(self) -> None:
        """Hear what is about nothing the client knows."""
        unknown = len(self.calls) + 1
        frames = [
            *(made(kind, unknown) for kind in (*ANSWERS, *LAST_WORDS)),
            f.Welcome(ALICE),
            f.Turned("another version"),
        ]
        frame = self.draw(st.sampled_from(frames))
        self.transcript.must_blame(lambda: self.session.receive(frame))

    def _receive(self, frame: Any) -> None:
        self.session.receive(frame)
        self.transcript.note(frame)
        self.meant.note(frame)
