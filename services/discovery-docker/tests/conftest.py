"""What these tests share."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pytest
from fake_engine import FakeEngine
from logged_lines import Lines

from wool_common import logs


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


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Generator[Lines]:
    """Return a function that gives the lines which were logged since it was last called."""
    logs.choose("debug", "json")

    def lines() -> list[dict[str, Any]]:
        written = capsys.readouterr().err.splitlines()
        return [json.loads(line) for line in written if line.startswith("{")]

    yield lines
    logs.choose("info", "auto")
