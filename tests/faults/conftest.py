"""What tests of faults share."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from ears import Ear


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Path]:
    """Be the directory in which local workers have their sockets, with a short path."""
    assert tmp_path.exists()  # made before the place of all temporary directories changes
    folder = Path(tempfile.mkdtemp(prefix="wf-", dir="/tmp"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def ear() -> AsyncGenerator[Ear]:
    """Hear what routines report."""
    folder = Path(tempfile.mkdtemp(prefix="we-", dir="/tmp"))
    mine = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    mine.bind(str(folder / "ear"))
    mine.setblocking(False)
    ear = Ear(str(folder / "ear"))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: ear, sock=mine)
    yield ear
    transport.close()
    shutil.rmtree(folder)
