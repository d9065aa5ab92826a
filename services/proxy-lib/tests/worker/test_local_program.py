"""A local worker with the real program."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest
from local_workers import Make, is_alive

from wool.runtime.worker.local import LocalWorker
from wool_common.metadata import WorkerMetadata


async def test_program_serves_until_it_is_stopped(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    """It listens where it says, ends well, and prints nothing."""
    worker = make("gpu", zone="x")
    worker.program = LocalWorker.program

    await worker.start()

    assert worker.metadata == WorkerMetadata(
        uid=worker.uid,
        address=worker.address or "",
        pid=worker.pid or 0,
        tags=frozenset({"gpu"}),
        extra={"zone": "x"},
    )
    with socket.socket(socket.AF_UNIX) as client:
        client.connect((worker.address or "").removeprefix("unix:"))
    await worker.stop()
    assert (await worker.exited()).returncode == 0
    assert capfd.readouterr() == ("", "")


async def test_program_listens_on_a_port(make: Make, places: Path) -> None:
    """With a host the kernel chooses a port; no directory is made."""
    worker = make(host="127.0.0.1")
    worker.program = LocalWorker.program

    await worker.start()

    host, _, port = (worker.address or "").rpartition(":")
    socket.create_connection((host, int(port))).close()
    assert list(places.iterdir()) == []
    await worker.stop()


async def test_several_programs_start_and_are_killed(make: Make) -> None:
    """Nothing of them is left."""
    workers = [make() for _ in range(3)]
    for worker in workers:
        worker.program = LocalWorker.program
    await asyncio.gather(*(worker.start() for worker in workers))

    for worker in workers:
        os.kill(worker.pid or 0, 9)
    ends = await asyncio.gather(*(worker.exited() for worker in workers))

    assert [end.description for end in ends] == ["killed by SIGKILL"] * 3
    assert not any(is_alive(worker.pid or 0) for worker in workers)
