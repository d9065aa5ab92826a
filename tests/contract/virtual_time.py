"""A loop whose clock is the test's, and lanes on which everything takes its time."""

from __future__ import annotations

import asyncio
import selectors
from collections import deque
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Delay = Callable[[], float]
"""How long the next step of anything takes, in seconds."""

DEADLOCK_SECONDS = 10.0


def at_once() -> float:
    """Take no time."""
    return 0.0


def at_random(random: Random) -> Delay:
    """Return delays among which each frame, errand and answer may overtake those of others."""
    return lambda: random.choice((0.0, 0.0, 0.0, 0.0001, 0.0015, 0.004, 0.02, 0.3))


class JumpingSelector(selectors.DefaultSelector):
    """Waits for nothing: where a loop would sleep, its clock jumps."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready."""
        if timeout is None:
            ready = super().select(DEADLOCK_SECONDS)
            assert ready, "everybody waits for somebody else"
            return ready
        ready = super().select(0)
        if not ready:
            self.now += max(timeout, 0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that never sleeps: its clock jumps to the next timer when nothing else is to be done."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)
        self.complaints: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.complaints.append(context))

    def time(self) -> float:
        """Return the test's own time."""
        return self._jumping.now

    def run(self, main: Callable[[], Coroutine[Any, Any, None]]) -> list[dict[str, Any]]:
        """Run *main* and close; return what the loop had to complain of."""
        with asyncio.Runner(loop_factory=lambda: self) as runner:
            runner.run(main())
        return self.complaints


class Lane(Generic[T]):
    """Carries things one way, in order, each after a delay of its own."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, deliver: Callable[[T], object], delay: Delay
    ) -> None:
        self._loop = loop
        self._deliver = deliver
        self._delay = delay
        self._under_way: deque[T] = deque()
        self._last = 0.0
        self._held = 0
        self.is_held = False
        self.carried: list[T] = []
        self.is_cut = False

    def put(self, thing: T) -> None:
        """Send *thing* on its way."""
        if self.is_cut:
            return
        self.carried.append(thing)
        self._under_way.append(thing)
        self._last = max(self._last, self._loop.time() + self._delay())
        self._loop.call_at(self._last, self._arrive)

    def hold(self) -> None:
        """Let nothing arrive."""
        self.is_held = True

    def let_go(self) -> None:
        """Let everything arrive that was held up."""
        self.is_held = False
        held, self._held = self._held, 0
        for _ in range(held):
            self._arrive()

    def _arrive(self) -> None:
        if self.is_held:
            self._held += 1
            return
        thing = self._under_way.popleft()
        if not self.is_cut:
            self._deliver(thing)
