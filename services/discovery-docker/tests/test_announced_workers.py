"""Workers that somebody announces to the service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import grpc.aio
import pytest
from describing_workers import worker
from fake_engine import FakeEngine, container
from watching_clients import served

from wool_common.metadata import WorkerId, WorkerMetadata
from wool_discovery_docker.announced import Announced, Announcement
from wool_discovery_docker.registry import Registry
from wool_discovery_docker.wishes import BASE, Wish


@asynccontextmanager
async def refused(code: str, *words: str) -> AsyncGenerator[None]:
    """Expect that a call is refused with *code*, in a text that has *words*."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        yield
    assert caught.value.code().name == code, caught.value.details()
    for word in words:
        assert word in (caught.value.details() or "")


async def test_an_announced_worker_is_there_until_it_is_withdrawn(engine: FakeEngine) -> None:
    """It is there once the call returns, with what it says of itself."""
    async with (
        worker("a", tags=frozenset({"gpu"})) as a,
        served(engine) as service,
        service.watched(tags=["gpu"]) as client,
    ):
        assert await service.announce(a.metadata) == 30.0
        await client.until_there("a")
        assert client.sources == {"a": "announced"}
        await service.withdraw("a")
        await client.until_there()
        await service.withdraw("a")  # twice is once


async def test_an_announcement_that_is_made_again_changes_nothing(engine: FakeEngine) -> None:
    """It only holds for longer; one that says something else takes its place."""
    async with (
        worker("a") as a,
        served(engine) as service,
        service.watched() as client,
        service.watched(namespace="n") as named,
    ):
        await service.announce(a.metadata)
        await service.announce(a.metadata)
        await service.announce(a.metadata, namespace="n")
        await named.until_there("a")
        assert client.heard == ["+a"]


async def test_an_announced_worker_that_ends_is_dropped(engine: FakeEngine) -> None:
    """An announcement alone is not enough to be there."""
    async with served(engine) as service, service.watched() as client:
        async with worker("a") as a:
            await service.announce(a.metadata)
            await client.until_there("a")
        await client.until_there()


async def test_a_container_is_checked_and_makes_networks_known(engine: FakeEngine) -> None:
    """It must be there with the labels of workers; its networks lead to the worker."""
    async with worker("a", "0.0.0.0") as a, served(engine) as service:
        engine.put(
            container("c" * 64, labels=a.labels, networks={"wool": "127.0.0.6"}, status="created")
        )
        engine.put(container("other", labels={"x": "y"}, networks={"wool": "127.0.0.6"}))
        told = replace(a.metadata, address=f"127.0.0.5:{a.port}")
        async with service.watched(network="wool") as client:
            await service.announce(told, container="c" * 12)
            await client.until_there("a")
            assert client.addresses == {"a": f"127.0.0.6:{a.port}"}
            assert client.sources == {"a": "announced"}
        async with refused("NOT_FOUND", "no container nowhere"):
            await service.announce(told, container="nowhere")
        async with refused("FAILED_PRECONDITION", "wool.worker=true", "create it with"):
            await service.announce(told, container="other")


async def test_what_a_source_finds_stays(engine: FakeEngine) -> None:
    """Withdrawing takes back what was announced, and nothing else."""
    async with worker("a") as a, served(engine) as service:
        engine.put(container("ca", labels=a.labels, networks={"wool": "127.0.0.2"}))
        async with service.watched() as client, service.watched(namespace="n") as named:
            await service.announce(a.metadata, namespace="n", container="ca")
            await named.until_there("a")
            await service.withdraw("a")
            await named.until_there()
            assert client.heard == ["+a"]


ADA = WorkerMetadata(uid=WorkerId("ada"), address="127.0.0.9:1")


@pytest.mark.parametrize(
    ("told", "code", "word"),
    [
        (replace(ADA, uid=WorkerId("")), "INVALID_ARGUMENT", "uid is empty"),
        (replace(ADA, address=""), "INVALID_ARGUMENT", "must be host:port"),
        (replace(ADA, address="host"), "INVALID_ARGUMENT", "must be host:port"),
        (replace(ADA, address="dns:///x:1"), "INVALID_ARGUMENT", "must be host:port"),
        (replace(ADA, address="unix:/x"), "INVALID_ARGUMENT", "have the worker listen"),
        (ADA, "FAILED_PRECONDITION", "announce it once it serves"),
    ],
)
async def test_what_cannot_be_announced(
    engine: FakeEngine, told: WorkerMetadata, code: str, word: str
) -> None:
    """The answer says what is wrong, and what to do."""
    async with served(engine) as service, refused(code, word):
        await service.announce(told)


async def test_nobody_announces_another(engine: FakeEngine) -> None:
    """Who answers at the address must be who was announced."""
    async with worker("a") as a, served(engine) as service:
        async with refused("FAILED_PRECONDITION", "is a, not b"):
            await service.announce(replace(a.metadata, uid=WorkerId("b")))
        async with refused("INVALID_ARGUMENT", "uid is empty"):
            await service.withdraw("")


async def test_containers_of_an_engine_that_is_away(engine: FakeEngine) -> None:
    """The answer is that of the Engine, and the client may try again."""
    async with worker("a") as a, served(engine) as service, service.watched():
        await engine.stop()
        async with refused("UNAVAILABLE", "Docker Engine at unix://"):
            await service.announce(a.metadata, container="c")
        await engine.start()


async def test_a_lease_ends_unless_it_is_renewed() -> None:
    """Who announced a worker, and is gone, takes it along."""
    registry = Registry(BASE)
    announced = Announced(registry, None, lease=0.2)
    async with worker("a") as a, worker("b") as b:
        with registry.select(Wish()) as selection:
            async with asyncio.timeout(10):
                for one in (a, b):
                    said = Announcement(uid=one.metadata.uid, address=one.metadata.address)
                    assert await announced.announce(said) is None
                renewed = Announcement(uid=b.metadata.uid, address=b.metadata.address)
                async for event in selection.board.follow():
                    assert await announced.announce(renewed) is None
                    if event.type == "worker-dropped":
                        assert event.metadata.uid == "a"
                        break
            assert [one.uid for one in selection.board.members] == ["b"]
    await announced.aclose()


async def test_without_engine_there_are_no_containers() -> None:
    """The refusal names the flag."""
    announced = Announced(Registry(BASE), None)
    said = Announcement(uid=WorkerId("a"), address="127.0.0.1:1", container="c")

    refusal = await announced.announce(said)

    assert refusal is not None
    assert "--source docker" in refusal.text
    await announced.aclose()
