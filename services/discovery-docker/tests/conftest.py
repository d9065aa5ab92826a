"""What these tests share."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from fake_engine import FakeEngine


@pytest.fixture
async def engine() -> AsyncGenerator[FakeEngine]:
    """Give an Engine that answers."""
    # A path of pytest's own may be too long for a socket.
    with tempfile.TemporaryDirectory(prefix="wool-") as folder:
        engine = FakeEngine(Path(folder) / "docker.sock")
        await engine.start()
        try:
            yield engine
        finally:
            await engine.stop()
