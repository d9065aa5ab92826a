"""Measure how late the routines' loop is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

BEAT: Final = 0.05
"""Seconds between two beats of a loop that is in time."""


class Pulse:
    """
    Measures how late a loop is, by a timer on it; `lag` may be asked from any thread.

    A worker beats only where a hook is there to ask.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._due: float | None = None
        self._last = 0.0

    def start(self) -> None:
        """Begin to beat; on the loop."""
        self._due = self._clock() + BEAT
        self._loop.call_later(BEAT, self._beat)

    def lag(self) -> float:
        """Return the seconds that the next beat is overdue, or that the last one was."""
        due = self._due
        return 0.0 if due is None else max(self._last, self._clock() - due, 0.0)

    def _beat(self) -> None:
        assert self._due is not None
        self._last = self._clock() - self._due
        self.start()
