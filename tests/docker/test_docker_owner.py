"""Containers do not outlive who has started them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from lab.client import Engine

from wool.cli.__main__ import main

pytestmark = pytest.mark.docker

SCRIPT = Path(__file__).parent / "scripts/hold_containers.py"

Spawned = Callable[[], list[str]]


@asynccontextmanager
async def holding(engine: Engine, *arguments: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run a program that holds two containers, until the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        SCRIPT,
        *arguments,
        env=dict(engine.environment),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 60) == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def gone(spawned: Spawned, seconds: float) -> None:
    """Return when no container is left."""
    async with asyncio.timeout(seconds):
        while await asyncio.to_thread(spawned):
            await asyncio.sleep(0.1)


async def test_a_killed_client_leaves_no_container(
    engine: Engine, worker_image: str, network: str, spawned: Spawned
) -> None:
    """After the owner's time its containers are gone, whatever ran in them."""
    async with holding(engine, worker_image, network) as client:
        assert len(spawned()) == 2
        client.kill()
        await gone(spawned, 15.0)


async def test_containers_stay_while_their_owner_lives(
    engine: Engine, worker_image: str, network: str, spawned: Spawned
) -> None:
    """An owner that has nothing to say keeps its containers all the same."""
    async with holding(engine, worker_image, network):
        await asyncio.sleep(3.0)  # thrice the owner's time
        assert len(spawned()) == 2
    await gone(spawned, 15.0)


async def test_what_there_is_can_be_listed_and_removed(
    engine: Engine,
    worker_image: str,
    network: str,
    spawned: Spawned,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`wool docker ps` tells of each worker's owner; `prune` spares those that are alive."""

    def said(*arguments: str) -> list[dict[str, object]]:
        assert main(["docker", *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    stopped = ["--label", "wool.worker=true", "--label", "wool.owner=a/b/1/2"]
    left = engine.docker("create", *stopped, "--name", "wool-left", worker_image)
    async with holding(engine, worker_image, network):
        listed = await asyncio.to_thread(said, "ps")
        own = [entry for entry in listed if entry["id"] in spawned()]
        assert {entry["owner"] for entry in own} == {"alive", "elsewhere"}
        assert {entry["status"] for entry in own} == {"running", "created"}

        pruned = await asyncio.to_thread(said, "prune", "--yes", "--all", "--older", "0")
        assert left[:12] in {entry["id"] for entry in pruned}
        assert len(spawned()) == 2
    await gone(spawned, 15.0)
