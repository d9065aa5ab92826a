"""What every discovery promises, however it finds workers."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from ways_of_discovery import Way, entered

from wool.runtime.discovery.base import (
    DiscoveryEvent,
    DiscoveryLike,
    DiscoveryPublisherLike,
    DiscoverySubscriberLike,
)
from wool_common.errors import DiscoveryError
from wool_common.metadata import WorkerId, WorkerMetadata

ALICE = WorkerMetadata(
    uid=WorkerId("alice"), address="127.0.0.1:1", pid=1, tags=frozenset({"gpu", "größe"})
)
BOB = WorkerMetadata(uid=WorkerId("bob"), address="127.0.0.1:2", extra={"rack": "7"}, secure=True)
CAROL = WorkerMetadata(uid=WorkerId("carol"), address="127.0.0.1:3", python="3.99", protocol=9)

THOUSANDS = 2_000


def numbered(number: int) -> WorkerMetadata:
    """Return the worker with that number."""
    return replace(BOB, uid=WorkerId(f"worker-{number}"), address=f"127.0.0.1:{number + 1}")


def test_it_has_what_the_protocols_ask_for(way: Way) -> None:
    """It is a discovery, with a publisher and subscribers."""
    discovery = way.discovery

    assert isinstance(discovery, DiscoveryLike)
    assert isinstance(discovery.publisher, DiscoveryPublisherLike)
    assert isinstance(discovery.subscriber, DiscoverySubscriberLike)
    assert isinstance(discovery.subscribe(lambda _: True), DiscoverySubscriberLike)


async def test_a_late_subscriber_learns_of_earlier_workers(way: Way) -> None:
    """A subscriber is first told who is already there, with all they say about themselves."""
    async with way.opened() as listen:
        alice, bob = await way.announce(ALICE), await way.announce(BOB)

        ear = listen()

        await ear.until(alice, bob)
        assert ear.known == {"alice": alice, "bob": bob}


async def test_an_early_subscriber_learns_of_later_workers(way: Way) -> None:
    """A subscriber may begin before anybody is there."""
    async with way.opened() as listen:
        ear = listen()
        hearing = asyncio.create_task(ear.next())
        await asyncio.sleep(0)

        carol = await way.announce(CAROL)

        assert await hearing == DiscoveryEvent("worker-added", carol)


async def test_updates_and_drops_are_told(way: Way) -> None:
    """What changes is told as what it is; a dropped worker as it was last known."""
    async with way.opened() as listen:
        alice = await way.announce(ALICE)
        ear = listen()
        await ear.until(alice)

        changed = await way.update(replace(ALICE, tags=frozenset({"cpu"}), extra={"rack": "8"}))
        assert await ear.next() == DiscoveryEvent("worker-updated", changed)
        await way.withdraw(ALICE)
        assert await ear.next() == DiscoveryEvent("worker-dropped", changed)


async def test_a_worker_returns(way: Way) -> None:
    """One that was dropped may come back."""
    async with way.opened() as listen:
        ear = listen()
        for _ in range(3):
            alice = await way.announce(ALICE)
            assert await ear.next() == DiscoveryEvent("worker-added", alice)
            await way.withdraw(ALICE)
            assert await ear.next() == DiscoveryEvent("worker-dropped", alice)


async def test_nothing_is_told_twice(way: Way) -> None:
    """A worker that says the same again is no news."""
    async with way.opened() as listen:
        alice = await way.announce(ALICE)
        ear = listen()
        await ear.until(alice)

        await way.update(ALICE)
        bob = await way.announce(BOB)

        assert await ear.next() == DiscoveryEvent("worker-added", bob)


async def test_iterations_are_independent(way: Way) -> None:
    """Each iteration, of one subscriber or of several, hears everything."""
    async with way.opened() as listen:
        subscriber = way.discovery.subscriber
        first = listen(subscriber=subscriber)
        alice = await way.announce(ALICE)
        await first.until(alice)

        second, third = listen(subscriber=subscriber), listen()
        bob = await way.announce(BOB)

        for ear in (first, second, third):
            await ear.until(alice, bob)


async def test_another_object_finds_the_same(way: Way) -> None:
    """Whoever is configured alike finds the same workers."""
    async with way.opened() as listen:
        alice = await way.announce(ALICE)

        await listen(subscriber=way.another().subscriber).until(alice)


async def test_a_filter_selects(way: Way) -> None:
    """A worker that begins to pass is added, one that no longer does is dropped."""
    async with way.opened() as listen:
        alice, bob = await way.announce(ALICE), await way.announce(BOB)
        ear, all_of_them = listen(lambda worker: "gpu" in worker.tags), listen()
        await all_of_them.until(alice, bob)
        assert await ear.next() == DiscoveryEvent("worker-added", alice)

        bob = await way.update(replace(BOB, tags=frozenset({"gpu"})))
        assert await ear.next() == DiscoveryEvent("worker-added", bob)
        changed = await way.update(replace(ALICE, tags=frozenset({"cpu"})))
        assert await ear.next() == DiscoveryEvent("worker-dropped", alice)
        await all_of_them.until(changed, bob)


async def test_a_filter_that_fails_leaves_the_worker_out(
    way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    """The stream goes on without that worker, and a line in the log tells."""
    async with way.opened() as listen:
        ear = listen(lambda worker: 1 // len(worker.tags) >= 0)
        await way.announce(BOB)

        alice = await way.announce(ALICE)

        assert await ear.next() == DiscoveryEvent("worker-added", alice)
        await listen().next()
        bob = await way.update(replace(BOB, tags=frozenset({"cpu"})))
        await ear.until(alice, bob)
        assert "the filter failed on worker bob" in caplog.text


async def test_a_filter_must_be_callable(way: Way) -> None:
    """Anything else is told at once."""
    with pytest.raises(TypeError, match="filter must be called with"):
        way.discovery.subscribe("gpu")  # pyright: ignore[reportArgumentType]


async def test_a_slow_consumer_catches_up(way: Way) -> None:
    """One who comes back late hears how it is now, not all that has been."""
    async with way.opened() as listen:
        alice = await way.announce(ALICE)
        slow, quick = listen(), listen()
        await slow.until(alice)
        for _ in range(3):
            bob = await way.announce(BOB)
            await quick.until(alice, bob)
            await way.withdraw(BOB)
            await quick.until(alice)
        changed = await way.update(replace(ALICE, tags=frozenset({"new"})))
        await quick.until(changed)

        assert await slow.next() == DiscoveryEvent("worker-updated", changed)


async def test_a_failing_consumer_disturbs_nobody(way: Way) -> None:
    """One that raises, is cancelled, or just leaves takes nothing away from the others."""
    async with way.opened() as listen:
        staying = listen()
        alice = await way.announce(ALICE)
        await staying.until(alice)

        async def fail() -> None:
            async for _ in way.discovery.subscriber:
                raise LookupError("the consumer's own")

        async def leave() -> None:
            async for _ in way.discovery.subscriber:
                break

        async def stay() -> None:
            async for _ in way.discovery.subscriber:
                pass

        cancelled = asyncio.create_task(stay())
        with pytest.raises(LookupError):
            await fail()
        await leave()
        cancelled.cancel()
        await asyncio.wait([cancelled])
        bob = await way.announce(BOB)

        await staying.until(alice, bob)
        await listen().until(alice, bob)


async def test_all_of_it_starts_again(way: Way) -> None:
    """When everybody has gone, others may use the same names and addresses."""
    async with way.opened() as listen:
        for _ in range(2):
            ear = listen(subscriber=way.another().subscriber)
            alice = await way.announce(ALICE)
            await ear.until(alice)
            await way.withdraw(ALICE)
            await ear.until()


@pytest.mark.ways("publishes")
async def test_two_publishers_share_a_namespace(way: Way) -> None:
    """Each has workers of its own, and withdraws these alone when it is left."""
    async with way.opened() as listen:
        ear = listen()
        alice = await way.announce(ALICE)
        async with AsyncExitStack() as stack:
            publisher = await entered(stack, way.another().publisher)
            await publisher.publish("worker-added", BOB)
            await ear.until(alice, BOB)
            await publisher.publish("worker-dropped", BOB)
            await ear.until(alice)

        await publisher_says(way, "worker-added", CAROL)
        await ear.until(alice, CAROL)


async def publisher_says(way: Way, type: str, worker: WorkerMetadata) -> None:
    """Publish through the way's own publisher."""
    await way.discovery.publisher.publish(type, worker)  # pyright: ignore[reportArgumentType]


@pytest.mark.ways("publishes")
async def test_publishers_are_lenient_about_what_is_known(way: Way) -> None:
    """An unknown worker may be updated, which adds it, or dropped; a known one added again."""
    async with way.opened() as listen:
        ear = listen()

        await way.withdraw(ALICE)
        await way.update(ALICE)
        assert await ear.next() == DiscoveryEvent("worker-added", ALICE)
        again = replace(ALICE, pid=99)
        await way.announce(again)
        assert await ear.next() == DiscoveryEvent("worker-updated", again)


@pytest.mark.ways("publishes")
async def test_another_type_of_event_is_refused(way: Way) -> None:
    """The text names the argument and the types there are."""
    async with way.opened():
        with pytest.raises(ValueError, match="type must be one of worker-added"):
            await publisher_says(way, "worker-lost", ALICE)


@pytest.mark.ways("only_finds")
async def test_what_only_finds_says_so(way: Way) -> None:
    """Publishing where nobody could hear of it is an error in plain words."""
    with pytest.raises(DiscoveryError, match="none can be published"):
        await publisher_says(way, "worker-added", ALICE)


@pytest.mark.ways("dies")
async def test_a_killed_publisher_leaves_no_ghosts(way: Way) -> None:
    """The workers of a process that is killed are dropped, for old and new subscribers."""
    async with way.opened() as listen:
        ear = listen()
        alice = await way.announce(ALICE)
        async with way.process("dave", "eve") as process:
            while {"dave", "eve"} - ear.known.keys():
                await ear.next()

            process.kill()

            await ear.until(alice)
        await listen().until(alice)
        bob = await way.announce(BOB)
        await ear.until(alice, bob)


@pytest.mark.ways("holds_thousands")
async def test_thousands_of_workers_cost_little(way: Way) -> None:
    """All are told, and while nothing changes hardly any time is spent on them."""
    async with way.opened() as listen:
        workers = [await way.announce(numbered(number)) for number in range(THOUSANDS)]
        ear = listen()
        await ear.until(*workers)

        waiting = asyncio.create_task(ear.next())
        begin, spent = time.monotonic(), time.process_time()
        await asyncio.wait([waiting], timeout=2.0)
        share = (time.process_time() - spent) / (time.monotonic() - begin)

        assert not waiting.done()
        assert share < 0.2
        await way.withdraw(workers[7])
        assert await waiting == DiscoveryEvent("worker-dropped", workers[7])
