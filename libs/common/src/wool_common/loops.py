"""Hand work from any thread to one event loop, waking it once per burst."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """
    A letter box of one event loop.

    `put` may be called from any thread; *handle* runs on the loop, in order. A burst of
    letters wakes the loop once, which is what makes crossing threads cheap.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, handle: Callable[[T], None]) -> None:
        self.loop = loop
        self._handle = handle
        self._letters: deque[T] = deque()
        self._awake = False

    def put(self, letter: T) -> bool:
        """Leave *letter*; return False where the loop has been closed and nobody will read it."""
        self._letters.append(letter)
        if not self._awake:
            self._awake = True
            try:
                self.loop.call_soon_threadsafe(self._read)
            except RuntimeError:
                if not self.loop.is_closed():
                    raise
        if self.loop.is_closed():
            self._letters.clear()
            return False
        return True

    def _read(self) -> None:
        # Cleared first: a letter left from now on wakes the loop again.
        self._awake = False
        letters = self._letters
        for _ in range(len(letters)):
            letter = letters.popleft()
            try:
                self._handle(letter)
            except Exception as exc:  # noqa: BLE001 - one bad letter must not lose those behind it
                self.loop.call_exception_handler(
                    {"message": "a handed-over call failed", "exception": exc}
                )
