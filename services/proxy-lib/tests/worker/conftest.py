"""Local workers to test."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from wool.runtime.worker.local import LocalWorker

Make = Callable[..., LocalWorker]


class StubWorker(LocalWorker):
    """A local worker whose program is the stub."""

    program = "stub_worker"


def descriptors() -> set[str]:
    """Return what this process has open, by what it is."""
    found: set[str] = set()
    for fd in os.listdir("/dev/fd"):
        try:
            found.add(f"{fd} {os.readlink(f'/dev/fd/{fd}')}")
        except OSError:
            pass  # the listing's own
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


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the directories of sockets made in one of our own."""
    short = Path(tempfile.mkdtemp(prefix="t-", dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    for name in ("WOOL_LOG_LEVEL", "WOOL_LOG_FORMAT", "WOOL_LOOP", "WOOL_PYTHON"):
        monkeypatch.delenv(name, raising=False)
    return short


@pytest.fixture
async def make(places: Path) -> AsyncIterator[Make]:
    """Return a function that makes workers; afterwards nothing of them is left."""
    await asyncio.sleep(0)  # the loop has all its descriptors
    before, threads = descriptors(), helpers()
    made: list[LocalWorker] = []

    def make_one(*tags: str, **told: object) -> LocalWorker:
        made.append(StubWorker(*tags, **told))  # pyright: ignore[reportArgumentType]
        return made[-1]

    yield make_one
    for worker in made:
        if worker.pid is not None:
            worker.kill()
            await worker.exited()
            assert not Path(f"/proc/{worker.pid}").exists(), "a zombie is left"
    await until(lambda: helpers() == threads)
    await until(lambda: descriptors() == before)
    assert list(places.iterdir()) == []
    places.rmdir()
