"""Wait, on any loop, for news of a pool's members."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager

from wool_common.loops import Handover


class Waiter:
    """One caller that waits, on its own loop, to be woken from another."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.told: asyncio.Future[None] = loop.create_future()
        self._mail: Handover[None] = Handover(loop, self._tell)

    def wake(self) -> None:
        """Let the caller go on; callable from any thread."""
        self._mail.put(None)

    def _tell(self, _: None) -> None:
        if not self.told.done():
            self.told.set_result(None)


class Waiters:
    """Those who wait for the same news; may be used from any thread."""

    def __init__(self) -> None:
        self._waiting: set[Waiter] = set()
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Generator[Waiter]:
        """Wait within the block; what happens from its begin on is not missed."""
        waiter = Waiter(asyncio.get_running_loop())
        with self._lock:
            self._waiting.add(waiter)
        try:
            yield waiter
        finally:
            with self._lock:
                self._waiting.discard(waiter)

    def __len__(self) -> int:
        return len(self._waiting)

    def wake(self) -> None:
        """Wake everybody."""
        if not self._waiting:
            return
        with self._lock:
            waiting, self._waiting = self._waiting, set()
        for waiter in waiting:
            waiter.wake()
