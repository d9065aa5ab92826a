"""Each half of a session walks the conversation's table, and nothing but the table."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from contract_routines import call, stream
from halves import (
    HeardCall,
    IdleExecutor,
    LaneWire,
    VirtualLoop,
    WorkerHalf,
    definition,
    leftovers,
    opening,
    order,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from wool.runtime.worker.calls import Caller, Command, Lost, NotStarted
from wool.runtime.worker.session import POOL, Session
from wool_common import frames as f
from wool_common.backpressure import BackpressureContext
from wool_common.conversation import ENDS, FROM_CLIENT, NEXT, Phase, advance
from wool_common.errors import ProtocolViolation
from wool_worker.session import ACCEPTED_AFTER

LAST: frozenset[type[Any]] = ENDS | {f.Refused}
COMMANDS: list[type[Command]] = [f.Next, f.Send, f.Throw, f.Close, f.Cancel]
REST: dict[type[Any], tuple[Any, ...]] = {
    f.Next: (1,),
    f.Send: (b"value",),
    f.Throw: (b"error",),
    f.Refused: (8, "backpressure", "full"),
    f.Yielded: (b"value",),
    f.Returned: (b"value",),
    f.Raised: (b"error",),
}
FROM_WORKER: list[type[Any]] = [f.Accepted, f.Refused, f.Yielded, f.Cancelling, *sorted(ENDS, key=str)]
IMPLY_ACCEPTED = ENDS | {f.Yielded}


def made(kind: type[Any], task: int) -> Any:
    """Return a frame of *kind* about *task*."""
    return kind(task, *REST.get(kind, ()))


def on_virtual_loop(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run *main* on a loop of its own, whose time is virtual."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())


async def settle() -> None:
    """Let everything happen that takes no time."""
    for _ in range(12):
        await asyncio.sleep(0)


class Transcript:
    """What one half has said; each frame must be a row of the table."""

    def __init__(self) -> None:
        self.phases: dict[int, Phase] = {}
        self.said: list[Any] = []
        self.last_words: Counter[int] = Counter()

    def say(self, frame: Any) -> None:
        """Note *frame*, or blame the half."""
        self.said.append(frame)
        if isinstance(frame, f.Start):
            self.phases[frame.task] = Phase.INVITED if frame.stream else Phase.ASKED
        elif hasattr(frame, "task"):
            self.note(frame)
            self.last_words[frame.task] += type(frame) in LAST

    def note(self, frame: Any) -> None:
        """Note that *frame* was said, by either side."""
        self.phases[frame.task] = advance(self.phases[frame.task], frame)

    def allows(self, task: int, kind: type[Any]) -> bool:
        """Tell whether the table has a row for a frame of *kind* about *task* now."""
        return (self.phases[task], kind) in NEXT


class WorkerWalk:
    """Random steps of the worker's half; the test plays the client and the runs."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.transcript = Transcript()
        loop = asyncio.get_running_loop()
        self.half = WorkerHalf(
            loop, self.transcript.say, executor=IdleExecutor(loop), hook=self._hook
        )
        self.session = self.half.session
        self.undecided: deque[tuple[int, bool, asyncio.Future[bool] | None]] = deque()
        self.asked: deque[bool | asyncio.Future[bool]] = deque()
        self.running: set[int] = set()
        self.count = 0
        self.session.receive(opening())
        for number, fn in enumerate((call, stream), 1):
            ready = definition(fn)
            self.session.receive(f.Define(number, ready.payload, ready.tag))

    def _hook(self, context: BackpressureContext) -> bool | Awaitable[bool]:
        return self.asked.popleft()

    async def step(self) -> None:
        """Take one step of any kind."""
        steps = [self.start, self.decide, self.pause, self.blunder]
        if self.count:
            steps += [self.hear, self.hear, self.hear]
        if self.running:
            steps += [self.tell, self.tell, self.tell]
        self.draw(st.sampled_from(steps))()
        await settle()
        self._note_verdicts()

    def start(self) -> None:
        """Hear of a new task, which the worker admits or refuses, now or later."""
        self.count += 1
        refused, later = self.draw(st.tuples(st.booleans(), st.booleans()))
        verdict = asyncio.get_running_loop().create_future() if later else None
        self.asked.append(refused if verdict is None else verdict)
        self.undecided.append((self.count, refused, verdict))
        is_stream = self.draw(st.booleans())
        start = f.Start(self.count, bytes(16), 1 + is_stream, POOL, b"", stream=is_stream)
        self.transcript.phases[self.count] = Phase.INVITED if is_stream else Phase.ASKED
        self.session.receive(start)

    def decide(self) -> None:
        """Let the worker make up its mind about the task that waits longest."""
        for _, refused, verdict in self.undecided:
            if verdict is not None and not verdict.done():
                verdict.set_result(refused)
                return

    def pause(self) -> None:
        """Let the time pass after which acceptance is said on its own."""
        asyncio.get_running_loop().create_task(asyncio.sleep(0))
        VirtualLoop.skip(2 * ACCEPTED_AFTER)

    def hear(self) -> None:
        """Hear the client about some task, rightly or wrongly."""
        task = self.draw(st.integers(1, self.count))
        kind = self.draw(st.sampled_from([f.Start, *COMMANDS]))
        frame = f.Start(task, bytes(16), 1, POOL, b"") if kind is f.Start else made(kind, task)
        if self.transcript.allows(task, kind):
            self.session.receive(frame)
            self.transcript.note(frame)
        else:
            self._must_blame(lambda: self.session.receive(frame))

    def tell(self) -> None:
        """Say what comes of a run, rightly or wrongly."""
        task = self.draw(st.sampled_from(sorted(self.running)))
        kind = self.draw(st.sampled_from(FROM_WORKER))
        phase = self.transcript.phases[task]
        if kind not in IMPLY_ACCEPTED:
            phase = NEXT.get((phase, f.Accepted), phase)
        if (phase, kind) in NEXT:
            self.session.tell(made(kind, task))
        else:
            self._must_blame(lambda: self.session.tell(made(kind, task)))
            self.session.tell(f.Cancelled(task))  # a run that has blundered is given up
        if self.transcript.phases[task] is Phase.ENDED:
            self.running.discard(task)

    def blunder(self) -> None:
        """Hear what is about nothing."""
        kinds = [*COMMANDS, f.Hello, f.OpenPool, f.RosterChange, f.Start]
        frames: dict[type[Any], Any] = {
            f.Hello: f.Hello(1, "3.11", 5, "c", "1"),
            f.OpenPool: opening(),
            f.RosterChange: f.RosterChange(POOL + 1, 2, (), ()),
            f.Start: f.Start(self.count + 1, bytes(16), 99, POOL, b""),
        }
        kind = self.draw(st.sampled_from(kinds))
        self._must_blame(
            lambda: self.session.receive(frames.get(kind) or made(kind, self.count + 1))
        )

    async def finish(self) -> None:
        """Bring every task to its end."""
        while self.undecided:
            self.decide()
            await settle()
            self._note_verdicts()
        for task in sorted(self.running):
            self.session.tell(f.Returned(task, b"value"))

    def _note_verdicts(self) -> None:
        while self.undecided and (self.undecided[0][2] is None or self.undecided[0][2].done()):
            task, refused, _ = self.undecided.popleft()
            if not refused:
                self.running.add(task)

    def _must_blame(self, act: Callable[[], None]) -> None:
        before = len(self.transcript.said)
        with pytest.raises(ProtocolViolation):
            act()
        assert self.transcript.said[before:] == []
