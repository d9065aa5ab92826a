"""How late a loop is."""

from __future__ import annotations

import asyncio
import threading

import pytest

from wool_worker.pulse import BEAT, Pulse


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Timers(asyncio.SelectorEventLoop):
    """A loop whose timers the test fires."""

    def __init__(self) -> None:
        super().__init__()
        self.next_beat = lambda: None

    def call_later(self, delay: float, callback: object, *args: object, **_: object) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Keep *callback*, which is a beat."""
        assert delay == BEAT
        assert callable(callback)
        self.next_beat = callback


@pytest.fixture
def loop() -> Timers:
    loop = Timers()
    loop.close()
    return loop


def test_a_loop_that_has_not_begun_is_in_time(loop: Timers) -> None:
    """Nothing is known, so nothing is held against it."""
    assert Pulse(loop, Clock()).lag() == 0.0


def test_a_loop_in_time_has_no_lag(loop: Timers) -> None:
    """Between two beats nothing is overdue."""
    clock = Clock()
    pulse = Pulse(loop, clock)
    pulse.start()

    clock.now += BEAT / 2
    before = pulse.lag()
    clock.now += BEAT / 2
    loop.next_beat()

    assert (before, pulse.lag()) == (0.0, pytest.approx(0.0))


def test_a_blocked_loop_is_late_while_it_is_blocked(loop: Timers) -> None:
    """The lag grows before the beat comes, and is gone after the next one in time."""
    clock = Clock()
    pulse = Pulse(loop, clock)
    pulse.start()

    seen: list[float] = []
    for step in (BEAT + 1.0, 1.0):
        clock.now += step
        seen.append(pulse.lag())
    loop.next_beat()
    seen.append(pulse.lag())
    clock.now += BEAT
    loop.next_beat()
    seen.append(pulse.lag())

    assert seen == [pytest.approx(1.0), pytest.approx(2.0), pytest.approx(2.0), pytest.approx(0.0)]


def test_a_real_loop_that_is_blocked_is_seen_from_another_thread() -> None:
    """Whoever asks need not be on the loop."""
    loop = asyncio.new_event_loop()
    pulse = Pulse(loop)
    blocked, free = threading.Event(), threading.Event()

    def block() -> None:
        blocked.set()
        free.wait(10)

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    loop.call_soon_threadsafe(pulse.start)
    loop.call_soon_threadsafe(block)
    blocked.wait(10)

    while pulse.lag() < 0.2:
        threading.Event().wait(0.01)

    free.set()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
