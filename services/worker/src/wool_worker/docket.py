"""Remember which tasks are running on this worker."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from wool_common.frames import Load
from wool_worker.tallies import Tallies


class Docket:
    """
    Counts the tasks of this worker; may be used from any thread.

    *waiting* are the accepted tasks whose first step has not begun; *tallies* are of those
    that have ended, or were not let in.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.tallies = Tallies()
        self._lock = threading.Lock()
        self._active = 0
        self._waiting = 0
        self._since = self.born = clock()
        self._emptied: list[Callable[[], None]] = []
        self.changed: Callable[[], None] | None = None
        """Who wants to know of the next change, on whichever thread that is."""

    @property
    def active(self) -> int:
        """Tasks that have been accepted and have not ended."""
        return self._active

    def load(self) -> Load:
        """Return how busy this worker is."""
        return Load(self._active, self._waiting)

    def idle(self) -> float:
        """Return the seconds since the last task ended, zero while one runs."""
        with self._lock:
            return 0.0 if self._active else self.clock() - self._since

    def uptime(self) -> float:
        """Return the seconds since this worker began."""
        return self.clock() - self.born

    def enter(self) -> None:
        """Count a task in."""
        with self._lock:
            self._active += 1
            self._waiting += 1
        if self.changed is not None:
            self._tell()

    def begin(self) -> None:
        """Note that a task's first step has begun."""
        with self._lock:
            self._waiting -= 1
        if self.changed is not None:
            self._tell()

    def leave(self, *, begun: bool = True) -> None:
        """Count a task out; *begun* tells whether its first step had."""
        with self._lock:
            self._active -= 1
            if not begun:
                self._waiting -= 1
            emptied: list[Callable[[], None]] = []
            if not self._active:
                self._since = self.clock()
                emptied, self._emptied = self._emptied, []
        if self.changed is not None:
            self._tell()
        for tell in emptied:
            tell()

    def _tell(self) -> None:
        changed = self.changed
        if changed is not None:  # another thread may have been quicker
            changed()

    async def empty(self) -> None:
        """Return once no task runs."""
        loop = asyncio.get_running_loop()
        while True:
            waiter = loop.create_future()

            def wake(waiter: asyncio.Future[None] = waiter) -> None:
                loop.call_soon_threadsafe(lambda: waiter.done() or waiter.set_result(None))

            with self._lock:
                if not self._active:
                    return
                self._emptied.append(wake)
            await waiter
