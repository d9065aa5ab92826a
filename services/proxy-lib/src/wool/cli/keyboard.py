"""Read keys as they are pressed."""

from __future__ import annotations

import asyncio
import codecs
import os
import sys
import termios
import tty
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self


class Keyboard:
    """
    Tells *hear* what is typed, within its block; without a terminal on standard input, nothing.

    Lives on the running loop.
    """

    def __init__(self, hear: Callable[[str], None]) -> None:
        self._hear = hear
        self._file = sys.stdin.fileno() if sys.stdin is not None else -1
        self._before: list[Any] | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def __enter__(self) -> Self:
        if self._file >= 0 and os.isatty(self._file):
            self._before = termios.tcgetattr(self._file)
            tty.setcbreak(self._file, termios.TCSANOW)
            asyncio.get_running_loop().add_reader(self._file, self._read)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._before is not None:
            asyncio.get_running_loop().remove_reader(self._file)
            termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def _read(self) -> None:
        typed = os.read(self._file, 1024)
        if not typed:
            asyncio.get_running_loop().remove_reader(self._file)
        # A lone escape sequence arrives in one piece from every terminal there is.
        self._hear(self._decoder.decode(typed))
