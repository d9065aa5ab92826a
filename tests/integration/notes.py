"""Notes that routines leave for a test, whichever process they run in."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path


def note(log: str, text: str) -> None:
    """Add a line to the file *log*, in one write."""
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, f"{text}\n".encode())
    finally:
        os.close(file)


def notes(log: str) -> list[str]:
    """Return what was noted so far, in order."""
    file = Path(log)
    return file.read_text().splitlines() if file.exists() else []


async def noted(log: str, *texts: str, limit: float = 10.0) -> None:
    """Wait until *texts* were noted, which another process may do at any moment."""
    end = time.monotonic() + limit
    while not set(texts) <= set(notes(log)):
        assert time.monotonic() < end, f"{texts} are not among {notes(log)}"
        await asyncio.sleep(0.005)
