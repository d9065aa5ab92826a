"""Pools that were opened and closed leave nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

from programs import program


async def test_thirty_pools_leave_nothing_behind(place: Path) -> None:
    """Processes, threads, descriptors, tasks and files are as many as after the first pools."""
    async with program("pools.py") as process:
        output, _ = await process.communicate()

    first, last = json.loads(output)
    assert first == last
    assert list(place.iterdir()) == []


async def test_routines_that_leave_tasks_behind_end_quietly() -> None:
    """A worker ends what its routines have left running, without complaints on its output."""
    async with program("careless.py") as process:
        output, errors = await process.communicate()

    assert output.split() == [b"began", b"cleaned", b"up", b"closed"]
    assert errors == b""
