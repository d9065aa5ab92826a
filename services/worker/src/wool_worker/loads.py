"""Tell a client from time to time how busy this worker is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from wool_common.frames import Load

LOAD_EVERY: Final = 0.1
"""Seconds that lie at least between two reports of how busy the worker is."""


class LoadReports:
    """Tells what has changed since the last report, not too often."""

    def __init__(self, load: Callable[[], Load], clock: Callable[[], float]) -> None:
        self._load = load
        self._clock = clock
        self._last = Load(0, 0)
        self._due = 0.0

    def due(self) -> Load | None:
        """Return the load where it is to be told now."""
        now, load = self._clock(), self._load()
        if load == self._last or now < self._due:
            return None
        self._last, self._due = load, now + LOAD_EVERY
        return load
