"""A fake discovery tells what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from itertools import count

import pytest

from wool.runtime.discovery.base import (
    DiscoveryEvent,
    DiscoveryLike,
    DiscoveryPublisherLike,
    DiscoverySubscriberLike,
)
from wool.testing import FakeDiscovery
from wool_common.errors import DiscoveryError
from wool_common.metadata import WorkerId, WorkerMetadata

ALICE = WorkerMetadata(uid=WorkerId("alice"), address="unix:/a", tags=frozenset({"gpu"}))
BOB = WorkerMetadata(uid=WorkerId("bob"), address="unix:/b")


async def take(number: int, events: AsyncIterator[DiscoveryEvent]) -> list[DiscoveryEvent]:
    """Return the next events."""
    return [await anext(events) for _ in range(number)]


def test_it_is_a_discovery() -> None:
    """It has what the protocols ask for."""
    discovery = FakeDiscovery()

    assert isinstance(discovery, DiscoveryLike)
    assert isinstance(discovery.publisher, DiscoveryPublisherLike)
    assert isinstance(discovery.subscriber, DiscoverySubscriberLike)


async def test_a_late_subscriber_learns_of_earlier_workers() -> None:
    """A subscriber is first told who is already there."""
    discovery = FakeDiscovery(BOB)
    await discovery.publisher.publish("worker-added", ALICE)

    events = await take(2, aiter(discovery.subscriber))

    assert events == [DiscoveryEvent("worker-added", BOB), DiscoveryEvent("worker-added", ALICE)]


async def test_changes_follow_in_order() -> None:
    """What happens after is told as it happens."""
    discovery = FakeDiscovery(ALICE)
    events = aiter(discovery.subscriber)
    await anext(events)
    changed = replace(ALICE, address="unix:/c")

    await discovery.publisher.publish("worker-updated", changed)
    assert await anext(events) == DiscoveryEvent("worker-updated", changed)
    await discovery.publisher.publish("worker-dropped", changed)
    assert await anext(events) == DiscoveryEvent("worker-dropped", changed)


async def test_a_slow_subscriber_hears_of_the_difference() -> None:
    """What came and went meanwhile is not told, so nothing piles up."""
    discovery = FakeDiscovery(ALICE)
    events = aiter(discovery.subscriber)
    await anext(events)

    for _, worker in zip(range(1000), map(numbered, count()), strict=False):
        await discovery.publisher.publish("worker-added", worker)
        await discovery.publisher.publish("worker-dropped", worker)
    await discovery.publisher.publish("worker-dropped", ALICE)

    assert await anext(events) == DiscoveryEvent("worker-dropped", ALICE)


def numbered(number: int) -> WorkerMetadata:
    """Return the worker with that number."""
    return replace(BOB, uid=WorkerId(f"bob-{number}"))


async def test_a_filter_selects() -> None:
    """A worker that no longer passes the filter is dropped for that subscriber."""
    discovery = FakeDiscovery(ALICE, BOB)
    events = aiter(discovery.subscribe(lambda worker: "gpu" in worker.tags))
    assert await anext(events) == DiscoveryEvent("worker-added", ALICE)

    await discovery.publisher.publish("worker-updated", replace(BOB, tags=frozenset({"gpu"})))
    assert (await anext(events)).metadata.uid == "bob"
    await discovery.publisher.publish("worker-updated", replace(ALICE, tags=frozenset()))
    assert await anext(events) == DiscoveryEvent("worker-dropped", ALICE)


async def test_a_filter_that_fails_drops_the_worker_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The stream goes on without that worker, and a log line tells."""
    discovery = FakeDiscovery(BOB, ALICE)

    event = await anext(aiter(discovery.subscribe(lambda worker: 1 // len(worker.tags) > 0)))

    assert event == DiscoveryEvent("worker-added", ALICE)
    assert "the filter failed on worker bob" in caplog.text


async def test_a_consumer_that_leaves_disturbs_nobody() -> None:
    """Iterations are independent."""
    discovery = FakeDiscovery(ALICE)
    staying = aiter(discovery.subscriber)
    await anext(staying)
    async with aclosing(discovery.follow(None)) as leaving:
        await anext(leaving)
        assert discovery.subscriptions == 2
    assert discovery.subscriptions == 1

    await discovery.publisher.publish("worker-added", BOB)

    assert await anext(staying) == DiscoveryEvent("worker-added", BOB)


async def test_settled_waits_for_every_subscriber() -> None:
    """A test can wait until all that was published has been taken in."""
    discovery = FakeDiscovery()
    heard: list[DiscoveryEvent] = []

    async def listen() -> None:
        async for event in discovery.subscriber:
            heard.append(event)  # noqa: PERF401 - it never ends

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    await discovery.publisher.publish("worker-added", ALICE)
    await discovery.settled()

    assert heard == discovery.published == [DiscoveryEvent("worker-added", ALICE)]
    listening.cancel()
    await asyncio.wait([listening])


async def test_it_can_fail() -> None:
    """Iterations under way and those to come end in the error."""
    discovery = FakeDiscovery(ALICE)
    events = aiter(discovery.subscriber)
    await anext(events)

    discovery.fail(DiscoveryError("no network"))

    for iteration in (events, aiter(discovery.subscriber)):
        with pytest.raises(DiscoveryError, match="no network"):
            await anext(iteration)


async def test_another_type_of_event_is_refused() -> None:
    """The text names the argument and the types there are."""
    with pytest.raises(ValueError, match="type must be one of worker-added"):
        await FakeDiscovery().publish("worker-lost", ALICE)  # pyright: ignore[reportArgumentType]
