"""Local workers to test."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from local_workers import Make, StubWorker, descriptors, helpers, until

from wool.runtime.worker.local import LocalWorker


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Have the directories of sockets made in one of our own."""
    short = Path(tempfile.mkdtemp(prefix="t-", dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    for name in ("WOOL_LOG_LEVEL", "WOOL_LOG_FORMAT", "WOOL_LOOP", "WOOL_PYTHON"):
        monkeypatch.delenv(name, raising=False)
    yield short
    shutil.rmtree(short)


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
    await until(lambda: descriptors() <= before)
    assert list(places.iterdir()) == []
