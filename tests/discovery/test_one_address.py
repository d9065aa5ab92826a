"""One discovery service that finds what there is to find in several ways."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import wool
from wool.runtime.discovery.docker import DockerDiscovery
from wool_common.discovery.lan_publisher import LanPublisher

LIMIT = 20.0


@wool.routine
async def who() -> str:
    return "here"


@asynccontextmanager
async def served(folder: Path, *sources: str) -> AsyncGenerator[str]:
    """Run the discovery service over *sources*, none of them an Engine; yield its address."""
    path = folder / "discovery.sock"
    flags = [f"--source={source}" for source in sources]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool_discovery_docker", "--socket", path, *flags),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(LIMIT):
            while not path.exists():
                await asyncio.sleep(0.05)
        yield f"unix:{path}"
    finally:
        process.terminate()
        async with asyncio.timeout(LIMIT):
            assert await process.wait() == 0


async def test_one_address_finds_workers_of_name_and_network() -> None:
    """Workers behind a name and on the network are found through one service, and used."""
    namespace = f"one-address-{uuid.uuid4().hex[:8]}"
    named = wool.LocalWorker(host="127.0.0.1")
    announced = wool.LocalWorker(host="127.0.0.1")
    publisher = LanPublisher(namespace, interfaces=["127.0.0.1"])
    with tempfile.TemporaryDirectory(prefix="wool-") as folder:
        async with named, announced, publisher:
            assert named.address is not None
            assert announced.metadata is not None
            await publisher.publish("worker-added", announced.metadata)
            port = named.address.rpartition(":")[2]
            sources = (f"dns:localhost:{port}", f"lan:{namespace}")
            async with served(Path(folder), *sources) as address:
                discovery = DockerDiscovery(address=address)
                async with wool.WorkerPool(discovery=discovery.subscriber, quorum=2) as pool:
                    assert await who() == "here"
                    found = await pool.broadcast(who)

    assert set(found) == {named.uid, announced.uid}
