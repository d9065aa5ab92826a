"""Tell clients how busy this worker is, whenever that changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from wool_common.frames import Load
from wool_worker.docket import Docket

LOAD_EVERY: Final = 0.1
"""Seconds that lie at least between two reports of how busy the worker is."""


class LoadReports:
    """Tells one client what has changed since the last report, not too often."""

    def __init__(
        self, load: Callable[[], Load], clock: Callable[[], float], say: Callable[[Load], None]
    ) -> None:
        self._load = load
        self._clock = clock
        self._say = say
        self._last = Load(0, 0)
        self._due = 0.0

    def tell(self) -> bool:
        """Tell how busy the worker is; return whether that has to be done later."""
        load = self._load()
        if load == self._last:
            return False
        now = self._clock()
        if now < self._due:
            return True
        self._last, self._due = load, now + LOAD_EVERY
        self._say(load)
        return False


class LoadRounds:
    """
    Has all *reports* tell of every change on the *docket*, also where nothing else is said.

    Costs nothing while nothing changes. Lives on the main loop.
    """

    def __init__(self, docket: Docket, reports: Callable[[], Iterable[LoadReports]]) -> None:
        self._docket = docket
        self._reports = reports
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Tell what there is to tell, and what changes from now on."""
        if self._timer is None:
            self._round(asyncio.get_running_loop())

    def close(self) -> None:
        """Tell no more."""
        self._loop = None
        self._docket.changed = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _round(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._timer = loop, None
        # Before it is looked at, so that no change is missed.
        self._docket.changed = self._changed
        late = [reports.tell() for reports in self._reports()]
        if any(late):
            self._later(loop)

    def _changed(self) -> None:
        """Look again soon; on any thread."""
        self._docket.changed = None
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the worker has ended
                loop.call_soon_threadsafe(self._later, loop)

    def _later(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is None and self._loop is not None:
            self._timer = loop.call_later(LOAD_EVERY, self._round, loop)
