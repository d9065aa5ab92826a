"""How late an event loop is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from wool_common.metrics.lag import BEAT, WINDOW, LoopLag


class Handle:
    """A timer that is not called."""

    def cancel(self) -> None:
        """Do nothing."""


class Loop:
    """An event loop of which the test says when timers are called."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Callable[[], None]] = []

    def call_later(self, delay: float, callback: Callable[[], None]) -> Handle:
        """Keep *callback*."""
        self.timers.append(callback)
        return Handle()

    def beat(self, late: float = 0.0) -> None:
        """Let the next beat come so many seconds *late*."""
        self.now += BEAT + late
        self.timers.pop()()


def lag_of(loop: Loop) -> LoopLag:
    """Return the lag of *loop*, which is measured from now on."""
    lag = LoopLag(cast(asyncio.AbstractEventLoop, loop), clock=lambda: loop.now)
    lag.start()
    return lag


def test_the_worst_is_remembered_for_a_while_and_then_forgotten() -> None:
    """A peak is told for at least one window, and for two at most."""
    loop = Loop()
    lag = lag_of(loop)

    loop.beat(late=0.5)
    for _ in range(int(WINDOW / BEAT) - 10):
        loop.beat()

    assert abs(lag.worst() - 0.5) < 1e-6

    for _ in range(2 * int(WINDOW / BEAT)):
        loop.beat()

    assert lag.worst() < 1e-6


def test_a_loop_that_hangs_is_ever_later() -> None:
    """What is overdue counts, whether the loop ever comes back or not."""
    loop = Loop()
    lag = lag_of(loop)

    loop.now += BEAT + 3.0

    assert abs(lag.worst() - 3.0) < 1e-6


def test_one_that_is_stopped_is_not_late() -> None:
    """Nothing is overdue where nothing is expected."""
    loop = Loop()
    lag = lag_of(loop)

    lag.stop()
    loop.now += 100.0

    assert lag.worst() == 0.0
