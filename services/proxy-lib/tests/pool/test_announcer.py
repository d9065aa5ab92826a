"""Announcing workers, whatever the publisher does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from found_workers import worker

from wool.runtime.worker.announcer import Announcer
from wool.testing import FakeDiscovery
from wool_common.discovery.protocols import DiscoveryEventType
from wool_common.metadata import WorkerId, WorkerMetadata


class Flaky:
    """A publisher that fails, or hangs, as often as it is told to."""

    def __init__(self, failures: int, *, hang: bool = False) -> None:
        self.failures = failures
        self.hang = hang
        self.heard: list[str] = []

    async def publish(self, type: DiscoveryEventType, metadata: WorkerMetadata) -> None:
        """Publish, or not."""
        self.heard.append(f"{type} {metadata.uid}")
        if self.failures:
            self.failures -= 1
            if self.hang:
                await asyncio.Event().wait()
            raise OSError("down")


@asynccontextmanager
async def announcing(announcer: Announcer) -> AsyncGenerator[Announcer]:
    announcer.start()
    try:
        yield announcer
    finally:
        await announcer.aclose()


def told(discovery: FakeDiscovery) -> list[str]:
    return [f"{event.type} {event.metadata.uid}" for event in discovery.published]


async def test_workers_are_announced_and_dropped() -> None:
    """Each once; what came and went in one go need not be told."""
    discovery = FakeDiscovery()

    async with announcing(Announcer(discovery.publisher)) as announcer:
        announcer.put(worker("a"))
        announcer.put(worker("b"))
        await announcer.tried(5)
        announcer.drop(WorkerId("a"))
        announcer.drop(WorkerId("stranger"))
        await announcer.tried(5)
        await announcer.withdraw(5)

    assert told(discovery) == [
        "worker-added a",
        "worker-added b",
        "worker-dropped a",
        "worker-dropped b",
    ]


async def test_what_fails_is_done_again(caplog: pytest.LogCaptureFixture) -> None:
    """With one line in the log for all of it."""
    publisher = Flaky(3)

    with caplog.at_level(logging.WARNING, logger="wool"):
        async with announcing(Announcer(publisher, pauses=(0.0,))) as announcer:
            announcer.put(worker("a"))
            async with asyncio.timeout(5):
                while publisher.failures:
                    await asyncio.sleep(0)
            await announcer.tried(5)

    assert publisher.heard[-1] == "worker-added a"
    assert [r.getMessage() for r in caplog.records] == [
        "Flaky could not announce worker-added for a (OSError: down); it is tried again"
    ]


async def test_a_worker_whose_announcement_failed_is_dropped_all_the_same() -> None:
    """Others may have heard of it."""
    publisher = Flaky(1)

    async with announcing(Announcer(publisher)) as announcer:
        announcer.put(worker("a"))
        await announcer.tried(5)
        await announcer.withdraw(5)

    assert publisher.heard == ["worker-added a", "worker-dropped a"]


async def test_a_publisher_that_hangs_is_not_waited_for() -> None:
    """Nor does it hold up the end."""
    publisher = Flaky(9, hang=True)

    async with announcing(Announcer(publisher)) as announcer:
        announcer.put(worker("a"))
        await announcer.tried(0.01)
        await announcer.withdraw(0.01)

    assert publisher.heard == ["worker-added a"]


async def test_without_a_start_nothing_is_waited_for() -> None:
    """One that never began has nothing to end."""
    announcer = Announcer(FakeDiscovery().publisher)

    announcer.put(worker("a"))
    await announcer.tried(5)
    await announcer.aclose()
