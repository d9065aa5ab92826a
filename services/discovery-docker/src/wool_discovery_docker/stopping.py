"""Gather every wish that this program ends."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final, NoReturn

LAST_SECONDS: Final = 2.0
"""What the program has to end by itself once whoever started it is gone."""


class Stop:
    """
    The one place where signals and the end of standard input ask the program to end.

    A second signal ends it at once; *before_end* is then done first and must be quick.
    """

    def __init__(self, before_end: Callable[[], None] = lambda: None) -> None:
        self._before_end = before_end
        self._signals = 0
        self._reason = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()

    def request(self, reason: str) -> None:
        """Ask the program to end, from any thread."""
        self._reason = self._reason or reason
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has been closed: it has ended
                loop.call_soon_threadsafe(self._changed.set)

    async def requested(self) -> str:
        """Return why the program is to end, once it is."""
        # Before the look at the reason: one that comes after it then finds the loop.
        self._loop = asyncio.get_running_loop()
        while not self._reason:
            self._changed.clear()
            await self._changed.wait()
        return self._reason

    def listen(self, *, private: bool) -> None:
        """
        Take signals as requests; from the main thread.

        Where the program is *private* to another, Ctrl-C is that one's business.
        """
        signal.signal(signal.SIGTERM, self._heed)
        for number in (signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _ignore if private else self._heed)

    def end_with_input(self, descriptor: int = 0) -> None:
        """Begin to read *descriptor*, whose end is a request to end; what it says is not."""
        name = "wool-input"
        threading.Thread(target=self._drain, args=(descriptor,), name=name, daemon=True).start()

    def end_now(self, code: int) -> NoReturn:
        """End this process at once, from any thread."""
        try:
            self._before_end()
        finally:
            os._exit(code)

    def _drain(self, descriptor: int) -> None:
        with suppress(OSError):
            while os.read(descriptor, 4096):
                pass
        self.request("standard input has ended")
        time.sleep(LAST_SECONDS)
        self.end_now(1)

    def _heed(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1
        if self._signals > 1:
            self.end_now(128 + number)
        self.request(signal.Signals(number).name)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing."""
