"""Watching while sources are slow or away, and while clients are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
from watching_clients import Service

from wool_common.channels import server
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_discovery_docker.announced import Announced
from wool_discovery_docker.docker_source import DockerSource
from wool_discovery_docker.registry import Registry
from wool_discovery_docker.service import DiscoveryService
from wool_discovery_docker.sources import Source
from wool_discovery_docker.wishes import BASE, Entry, Wish
from wool_protocol.discovery.v1 import discovery_pb2 as pb
from wool_protocol.discovery.v1 import discovery_pb2_grpc as dgrpc


class Slow:
    """A source that has found everything once a test says so."""

    name = "slow"

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.found = asyncio.Event()

    def is_synced(self) -> bool:
        return self.found.is_set()

    def is_stale(self) -> bool:
        return False

    async def run(self) -> None:
        await self.found.wait()

    async def settled(self, wish: Wish) -> None:
        await self.found.wait()


@asynccontextmanager
async def service_of(
    registry: Registry, sources: Sequence[Source], *, hope: float = 3.0, patience: float = 10.0
) -> AsyncGenerator[Service]:
    """Serve what is in *registry*."""
    announced = Announced(registry, None)
    told = DiscoveryService(registry, sources, announced, hope=hope, patience=patience)
    ears = server()
    dgrpc.add_DiscoveryServiceServicer_to_server(told, ears)
    port = ears.add_insecure_port("127.0.0.1:0")
    await ears.start()
    service = Service(f"127.0.0.1:{port}")
    try:
        yield service
    finally:
        await service.link.close()
        await ears.stop(None)
        await announced.aclose()


def entry(uid: str, address: str = "", note: str = "") -> Entry:
    extra = {"note": note}
    worker = WorkerMetadata(uid=WorkerId(uid), address=address or f"{uid}.example:1", extra=extra)
    return Entry(source="docker", worker=worker)


async def test_the_full_set_waits_for_every_source() -> None:
    """Nothing is said before all have been found, and then all at once."""
    registry, source = Registry(BASE), Slow()
    async with (
        service_of(registry, [source]) as service,
        service.watched(synced=False) as client,
    ):
        registry.put("x", entry("a"))
        registry.put("y", entry("b"))
        source.found.set()
        await client.until_there("a", "b")
        assert [response.synced for response in client.responses] == [True]


async def test_what_is_known_is_told_when_a_source_takes_too_long() -> None:
    """It is not called complete before it is, so that nobody takes it for a drop."""
    registry, source = Registry(BASE), Slow()
    registry.put("x", entry("a"))
    registry.put("y", entry("b"))
    async with (
        service_of(registry, [source], hope=0.01, patience=0.02) as service,
        service.watched(synced=False) as client,
    ):
        await client.until_there("a", "b")
        registry.put("z", entry("c"))
        registry.drop("docker", "x")
        await client.until_there("b", "c")
        assert client.synced == 0
        registry.drop("docker", "y")
        source.found.set()
        await client.until(lambda: client.synced == 1)
        await client.until_there("c")
        registry.put("x", entry("a"))
        await client.until_there("a", "c")


async def test_where_no_source_can_be_reached_the_client_is_told_why() -> None:
    """An Engine that is not there is an error of the call, in words that help."""
    registry = Registry(BASE)
    source = DockerSource("unix:///nowhere/docker.sock", registry)
    running = asyncio.create_task(source.run())
    try:
        async with service_of(registry, [source], hope=0.3) as service:
            async with service.watched(synced=False) as client:
                await client.until(lambda: client.error is not None)
            assert client.error is not None
            assert client.error.code() is grpc.StatusCode.UNAVAILABLE
            assert "unix:///nowhere/docker.sock" in (client.error.details() or "")
            assert "is it running" in (client.error.details() or "")
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_one_source_that_works_is_enough() -> None:
    """Workers of the others are told of, though the set is not complete."""
    registry, there = Registry(BASE), Slow()
    there.found.set()
    registry.put("x", entry("a"))
    sources = [there, Slow("it is away")]
    async with (
        service_of(registry, sources, hope=0.01, patience=0.02) as service,
        service.watched(synced=False) as client,
    ):
        await client.until_there("a")
        assert client.synced == 0


async def test_an_address_is_free_before_it_is_taken() -> None:
    """In one response, drops stand before those who are there now."""
    registry = Registry(BASE)
    registry.put("x", entry("a", "x:1"))
    registry.put("y", entry("b", "y:1"))
    async with service_of(registry, []) as service, service.watched() as client:
        registry.put("y", entry("b", "z:1"))
        registry.drop("docker", "x")
        registry.put("y", entry("b", "x:1"))
        await client.until(lambda: client.addresses == {"b": "x:1"})
        assert client.heard[2:] == ["-a", "+b"]


async def test_a_slow_consumer_hears_of_the_difference() -> None:
    """What it has missed does not pile up: it hears of each worker as it is at the end."""
    registry = Registry(BASE)
    note = "x" * 20_000
    workers, rounds = 25, 60
    async with service_of(registry, []) as service, service.watched() as fast:
        slow = service.stub.Watch(pb.WatchRequest())
        await slow.read()
        for number in range(rounds):
            for one in range(workers):
                registry.put(str(one), entry(f"w{one}", note=f"{number} {note}"))
            heard = len(fast.heard)
            await fast.until(lambda heard=heard: len(fast.heard) > heard)
        changes, newest = 0, dict[str, str]()
        while len(newest) < workers or not all(n.startswith("59 ") for n in newest.values()):
            response = await slow.read()
            assert isinstance(response, pb.WatchResponse)
            changes += len(response.changes)
            for change in response.changes:
                newest[change.present.metadata.uid] = change.present.metadata.extra["note"]
        slow.cancel()
        # 30 MB were told in all; the windows of the connection hold some of them.
        assert changes < workers * rounds * 0.6, changes


async def test_clients_that_left_are_forgotten(tmp_path: Path) -> None:
    """Nothing is kept for a client whose call has ended."""
    registry = Registry(BASE)
    async with service_of(registry, []) as service:
        async with service.watched(labels={"team": "render"}):
            assert registry.is_wanted({"team": "render"})
        async with asyncio.timeout(10):
            while registry.is_wanted({"team": "render"}):
                async with service.watched():
                    pass
