"""Show how far the work has come, with or without rich."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Counts what has been done, for somebody who watches."""

    def advance(self) -> None: ...

    def close(self) -> None: ...


class Lines:
    """A line for every fifth of the way, on standard error."""

    def __init__(self, total: int, label: str) -> None:
        self._total = total
        self._label = label
        self._done = 0
        self._began = time.monotonic()

    def advance(self) -> None:
        """Count one."""
        self._done += 1
        if self._done * 5 // self._total > (self._done - 1) * 5 // self._total:
            seconds = time.monotonic() - self._began
            text = f"{self._label} {self._done:,}/{self._total:,} after {seconds:.1f} s"
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Do nothing: what was printed stays."""


@contextmanager
def shown(total: int, label: str) -> Generator[Progress]:
    """Show progress within a block: a bar on a terminal where rich is installed, else lines."""
    progress = _progress(total, label)
    try:
        yield progress
    finally:
        progress.close()


def _progress(total: int, label: str) -> Progress:
    if sys.stderr.isatty():
        try:
            from wool.runtime.routine.progress import Bar
        except ImportError:
            pass  # the extra `wool[progress]` is not installed
        else:
            return Bar(total, label)
    return Lines(total, label)
