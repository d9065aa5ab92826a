"""Measure how late an event loop is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

BEAT: Final = 0.1
"""Seconds between two beats of a loop that is in time."""

WINDOW: Final = 7.5
"""Seconds after which a new worst is sought; the one before counts for as long again."""


class LoopLag:
    """
    The worst lateness of *loop* lately, so that a peak between two questions is not missed.

    `start` and `stop` are called on the loop, `worst` from any thread.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._due = 0.0
        self._since = 0.0
        self._now = self._before = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to measure."""
        self._since = self._clock()
        self._expect()

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def worst(self) -> float:
        """Return the seconds; a loop that hangs is ever later."""
        overdue = 0.0 if self._timer is None else self._clock() - self._due
        return max(self._now, self._before, overdue)

    def _expect(self) -> None:
        self._due = self._clock() + BEAT
        self._timer = self._loop.call_later(BEAT, self._beat)

    def _beat(self) -> None:
        now = self._clock()
        if now - self._since >= WINDOW:
            self._since, self._before, self._now = now, self._now, 0.0
        self._now = max(self._now, now - self._due)
        self._expect()
