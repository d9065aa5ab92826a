"""DockerDiscovery follows a discovery service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from discovery_service import FakeService, serving, worker

from wool.runtime.discovery.base import DiscoveryEvent
from wool.runtime.discovery.docker import DockerDiscovery
from wool_common.errors import DockerUnavailable, RpcError

Events = AsyncGenerator[DiscoveryEvent]


async def heard(events: Events, number: int) -> list[tuple[str, str]]:
    """Return the type and the uid of that many events."""
    found: list[tuple[str, str]] = []
    async with asyncio.timeout(20):
        for _ in range(number):
            event = await anext(events)
            found.append((event.type.removeprefix("worker-"), event.metadata.uid))
    return found


async def test_members_come_and_go(place: Path) -> None:
    """The full set is told first, then what changes."""
    service = FakeService()
    service.tell(worker("a"), worker("b"), synced=True)
    async with serving(service, place) as address:
        found = DockerDiscovery("net", {"x": "y"}, address=address, namespace="n")
        async with aclosing(aiter(found.subscriber)) as events:
            assert await heard(events, 2) == [("added", "a"), ("added", "b")]
            service.tell(worker("b", "10.0.0.2:1"), dropped=("a",))
            assert await heard(events, 2) == [("dropped", "a"), ("updated", "b")]

    (wish,) = service.wishes
    assert (wish.network, dict(wish.labels), wish.namespace) == ("net", {"x": "y"}, "n")


async def test_a_cut_drops_nobody(place: Path) -> None:
    """Whoever is told of again stays; the others go once everything has been told."""
    service = FakeService()
    service.tell(worker("a"), worker("b"), synced=True)
    async with (
        serving(service, place) as address,
        aclosing(aiter(DockerDiscovery(address=address).subscriber)) as events,
    ):
        assert await heard(events, 2) == [("added", "a"), ("added", "b")]
        service.cut()
        await service.heard_once_more()
        service.tell(worker("c"))
        assert await heard(events, 1) == [("added", "c")]
        service.tell(worker("a"), synced=True)
        assert await heard(events, 1) == [("dropped", "b")]


async def test_a_service_that_comes_late_is_found(place: Path) -> None:
    """At an address, somebody may listen later."""
    service = FakeService()
    service.tell(worker("a"), synced=True)
    found = DockerDiscovery(address=f"unix:{place / 's'}")
    async with aclosing(aiter(found.subscriber)) as events:
        first = asyncio.ensure_future(anext(events))
        await asyncio.wait([first], timeout=0.3)
        async with serving(service, place):
            assert (await asyncio.wait_for(first, 20)).metadata.uid == "a"


async def test_a_filter_is_applied_here(place: Path) -> None:
    """What the filter does not want is not heard of."""
    service = FakeService()
    service.tell(worker("a"), worker("b"), synced=True)
    async with serving(service, place) as address:
        found = DockerDiscovery(address=address)
        async with aclosing(aiter(found.subscribe(lambda w: w.uid == "b"))) as events:
            assert await heard(events, 1) == [("added", "b")]


async def test_announcements_are_renewed_and_withdrawn(place: Path) -> None:
    """A worker is announced again before its lease ends, and forgotten when it is dropped."""
    service = FakeService(lease=0.2)
    async with (
        serving(service, place) as address,
        DockerDiscovery(address=address).publisher as publisher,
    ):
        assert publisher.bind_host == "0.0.0.0"
        await publisher.publish("worker-added", worker("a"))
        assert set(service.announced) == {"a"}
        async with asyncio.timeout(20):
            while service.announcements < 4:
                await service.heard_once_more()
        await publisher.publish("worker-dropped", worker("a"))
        assert service.announced == {}


async def test_a_refused_announcement_is_an_error(place: Path) -> None:
    """The service's own words say what to do."""
    service = FakeService()
    service.refusal = "no worker answers there"
    async with (
        serving(service, place) as address,
        DockerDiscovery(address=address).publisher as publisher,
    ):
        with pytest.raises(RpcError, match="no worker answers there"):
            await publisher.publish("worker-added", worker("a"))


async def test_a_publisher_is_entered_before_use() -> None:
    """Who forgets it is told."""
    publisher = DockerDiscovery(address="127.0.0.1:1").publisher

    with pytest.raises(RuntimeError, match="async with"):
        await publisher.publish("worker-added", worker("a"))


async def test_an_engine_that_is_not_there_is_one_error() -> None:
    """A subscriber that is entered, or iterated, says so at once."""
    subscriber = DockerDiscovery(engine="unix:///nowhere/docker.sock").subscriber

    with pytest.raises(DockerUnavailable, match="/nowhere/docker"):
        await subscriber.__aenter__()
    with pytest.raises(DockerUnavailable, match="/nowhere/docker"):
        await anext(aiter(subscriber))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"network": ""}, "network must not be empty"),
        ({"labels": ["a"]}, "labels must be a mapping"),
        ({"address": 1}, "address must be a string"),
        ({"address": "a:1", "engine": "unix:///x"}, "engine has no meaning beside address"),
        ({"credentials": "x"}, "credentials must be"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, object], words: str) -> None:
    """The error says which argument is wrong, and how."""
    with pytest.raises((TypeError, ValueError), match=words):
        DockerDiscovery(**arguments)  # pyright: ignore[reportArgumentType]
