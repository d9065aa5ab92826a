"""Serving what discoveries of the library find."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager

from describing_workers import worker

from wool_common.discovery.following import Board
from wool_common.discovery.protocols import DiscoveryEvent
from wool_common.errors import DiscoveryError
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_discovery_docker.config import SourceChoice
from wool_discovery_docker.followed_source import FollowedSource
from wool_discovery_docker.registry import Registry
from wool_discovery_docker.subscribed import subscribed
from wool_discovery_docker.wishes import BASE, Wish

ADA = WorkerMetadata(uid=WorkerId("ada"), address="10.0.0.1:1")
BEN = WorkerMetadata(uid=WorkerId("ben"), address="10.0.0.2:1")


class Found:
    """A discovery that can fail; each iteration follows *board*."""

    def __init__(self, *workers: WorkerMetadata) -> None:
        self.board = Board(workers)
        self.iterations = 0

    def subscribe(self) -> AsyncIterable[DiscoveryEvent]:
        self.iterations += 1
        return self.board.follow()


@asynccontextmanager
async def followed(found: Found, registry: Registry) -> AsyncGenerator[FollowedSource]:
    source = FollowedSource(
        "lan", "lan:blue", found.subscribe, registry, namespace="blue", settle=0.05
    )
    running = asyncio.create_task(source.run())
    try:
        yield source
    finally:
        running.cancel()
        await asyncio.wait([running])


async def next_of(events: AsyncGenerator[DiscoveryEvent]) -> tuple[str, str]:
    async with asyncio.timeout(10):
        event = await anext(events)
    return event.type, event.metadata.uid


async def test_what_it_tells_is_served() -> None:
    """Those who come, change and go do so in the registry, in the source's namespace."""
    registry, found = Registry(BASE), Found(ADA)
    async with followed(found, registry) as source:
        with registry.select(Wish(namespace="blue", labels=tuple(BASE.items()))) as selection:
            async with asyncio.timeout(10):
                await source.settled(Wish())
            assert selection.board.members == (ADA,)
            assert selection.sources == {"ada": "lan"}
            events = selection.board.follow()
            assert await next_of(events) == ("worker-added", "ada")
            found.board.put(BEN)
            assert await next_of(events) == ("worker-added", "ben")
            found.board.drop(ADA.uid)
            assert await next_of(events) == ("worker-dropped", "ada")
            await events.aclose()


async def test_one_that_fails_drops_nobody() -> None:
    """Whoever was there stays; who is gone once it can be followed again is dropped then."""
    registry, found = Registry(BASE), Found(ADA, BEN)
    async with followed(found, registry) as source:
        with registry.select(Wish()) as selection:
            events = selection.board.follow()
            assert await next_of(events) == ("worker-added", "ada")
            assert await next_of(events) == ("worker-added", "ben")
            found.board.fail(DiscoveryError("no network"))
            # The second failure shows that the first has been taken in.
            async with asyncio.timeout(10):
                while not source.problem:
                    await found.board.settled()
                    await asyncio.sleep(0)
            assert source.problem == "no network"
            assert len(selection.board.members) == 2
            found.board.drop(ADA.uid)
            found.board.fail(None)
            assert await next_of(events) == ("worker-dropped", "ada")
            assert source.problem == ""
            assert found.iterations >= 2
            await events.aclose()
    assert not source.is_stale()


async def test_a_missing_extra_is_a_problem_and_no_end() -> None:
    """What cannot be imported is told as the source's problem."""

    def subscribe() -> AsyncIterable[DiscoveryEvent]:
        raise ImportError("it needs an extra: pip install 'it[extra]'")

    source = FollowedSource("dns", "dns:name", subscribe, Registry(BASE))
    running = asyncio.create_task(source.run())
    async with asyncio.timeout(10):
        while not source.problem:
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])

    assert source.problem == "it needs an extra: pip install 'it[extra]'"
    assert not source.is_synced()


async def test_a_name_is_followed() -> None:
    """Whoever is behind a name is found by the library's own discovery."""
    registry = Registry(BASE)
    async with worker("a", "127.0.0.1") as a:
        choice = SourceChoice("dns", "localhost", a.port)
        source = subscribed(choice, registry, None)
        running = asyncio.create_task(source.run())
        with registry.select(Wish()) as selection:
            events = selection.board.follow()
            assert await next_of(events) == ("worker-added", "a")
            await events.aclose()
            assert selection.sources == {"a": "dns"}
            assert source.name == f"dns:localhost:{a.port}"
        running.cancel()
        await asyncio.wait([running])


def test_the_network_is_a_source() -> None:
    """Its namespace is that of the workers it finds."""
    source = subscribed(SourceChoice("lan", "blue"), Registry(BASE), None)

    assert source.name == "lan:blue"
    assert not source.is_synced()
