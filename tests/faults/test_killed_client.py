"""A client that is killed leaves nothing behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from ears import Ear
from programs import is_gone, program, shared_memory
from waits import eventually

GONE = 2.0


@pytest.mark.parametrize("kind", ["hang", "drip", "nested", "block", "stubborn"])
async def test_nothing_is_left_of_a_killed_client(kind: str, place: Path, ear: Ear) -> None:
    """Its workers end within 2 s, whatever they do, and take their sockets along."""
    before = shared_memory()
    async with program("hold.py", ear.path, kind) as client:
        await ear.hear("holding", limit=30.0)
        if kind in ("block", "stubborn"):
            await ear.hear_times(2, "began")
        else:
            for key in range(8):
                await ear.hear("began", key)
        workers = [int(pid) for pid in ear.keys_of("worker")]
        assert len(workers) == 2
        assert len(list(place.iterdir())) == 2

        client.kill()
        seconds = await eventually(lambda: all(is_gone(pid) for pid in workers), GONE)
        await eventually(lambda: not list(place.iterdir()), GONE - seconds)

        assert shared_memory() == before
        if kind in ("hang", "drip", "nested"):
            await asyncio.gather(*(ear.hear("ended", key) for key in range(8)))


async def test_a_worker_stops_when_its_client_is_killed_while_it_starts(place: Path) -> None:
    """Workers that were just started when the client is killed do not stay."""
    async with program("starting.py") as client:
        assert client.stdout is not None
        workers = [int(pid) for pid in (await client.stdout.readline()).split()]
        assert len(workers) == 4

        client.kill()

        await eventually(lambda: all(is_gone(pid) for pid in workers), GONE)
        await eventually(lambda: not list(place.iterdir()), GONE)
