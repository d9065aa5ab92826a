"""Worker programs to test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from program_starts import STUB, Start


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return an environment that says nothing to a worker."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("WOOL_")}
    return kept | {"TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": ""}


@pytest.fixture
def start(environ: dict[str, str]) -> Iterator[Start]:
    """Return a function that starts the stub worker with flags; all end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start_one(*flags: str, fds: tuple[int, ...] = ()) -> subprocess.Popen[str]:
        worker = subprocess.Popen(
            [sys.executable, str(STUB), *flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
            pass_fds=fds,
        )
        started.append(worker)
        return worker

    yield start_one
    for worker in started:
        worker.kill()
        worker.communicate()
