"""Local workers to test, and the facts of the operating system about them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from wool.runtime.worker.local import LocalWorker

Make = Callable[..., LocalWorker]


class StubWorker(LocalWorker):
    """A local worker whose program is the stub."""

    program = "stub_worker"


def descriptors() -> set[str]:
    """Return what this process has open, by what it is."""
    found: set[str] = set()
    for fd in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the listing's own
            found.add(f"{fd.name} {fd.readlink()}")
    return found


def helpers() -> list[str]:
    """Return the threads that look after workers."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("wool-")]


async def until(fact: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for a fact of the operating system, which sends no event."""
    async with asyncio.timeout(seconds):
        while not fact():
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
