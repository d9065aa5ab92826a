"""One discovery service that finds what there is to find in several ways."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

from serving import served

import wool
from wool.runtime.discovery.docker import DockerDiscovery
from wool_common.discovery.lan_publisher import LanPublisher


@wool.routine
async def who() -> str:
    return "here"


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
            path = Path(folder) / "discovery.sock"
            async with served(path, *sources):
                discovery = DockerDiscovery(address=f"unix:{path}")
                async with wool.WorkerPool(discovery=discovery.subscriber, quorum=2) as pool:
                    assert await who() == "here"
                    found = await pool.broadcast(who)

    assert set(found) == {named.uid, announced.uid}
