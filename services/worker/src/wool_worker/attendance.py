"""Know whether anybody has a session with this worker."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class Attendance:
    """The sessions that are open; lives on the main loop."""

    def __init__(self) -> None:
        self._open = 0
        self._left = asyncio.Event()
        self._came = asyncio.Event()

    @property
    def open(self) -> int:
        """How many there are."""
        return self._open

    @contextmanager
    def one(self) -> Generator[None]:
        """Count one session more until the block is left."""
        self._open += 1
        self._came.set()
        try:
            yield
        finally:
            self._open -= 1
            self._left.set()

    async def deserted(self, seconds: float) -> None:
        """Return once nobody has had a session for that many *seconds*."""
        while True:
            while self._open:
                self._left.clear()
                await self._left.wait()
            self._came.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._came.wait()
            except TimeoutError:
                return
