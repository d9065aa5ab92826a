"""A discovery that knows what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from wool.runtime.discovery.base import DiscoveryEvent, DiscoveryEventType, DiscoveryFilter
from wool_common.metadata import WorkerId, WorkerMetadata

TYPES: Final = frozenset({"worker-added", "worker-dropped", "worker-updated"})

Members = dict[WorkerId, WorkerMetadata]


class FakeDiscovery:
    """
    A discovery for tests: what is published is what subscribers hear.

    Starts with *workers*. Events may be awaited in any number of iterations on one event
    loop. `publish` returns at once; `settled` waits until every subscriber has heard.
    """

    def __init__(self, *workers: WorkerMetadata) -> None:
        self.published: list[DiscoveryEvent] = []
        """What `publish` was called with, in order."""
        self._members: Members = {worker.uid: worker for worker in workers}
        self._error: Exception | None = None
        self._news: set[asyncio.Event] = set()
        self._quiet: set[asyncio.Event] = set()

    @property
    def publisher(self) -> FakeDiscovery:
        """The discovery itself, which is its own publisher."""
        return self

    @property
    def subscriber(self) -> FakeSubscriber:
        """A subscriber to every worker."""
        return FakeSubscriber(self, None)

    def subscribe(self, filter: DiscoveryFilter | None = None) -> FakeSubscriber:
        """Return a subscriber to the workers that *filter* wants; one that it fails on is none."""
        return FakeSubscriber(self, filter)

    @property
    def workers(self) -> tuple[WorkerMetadata, ...]:
        """The workers that are there now."""
        return tuple(self._members.values())

    @property
    def subscriptions(self) -> int:
        """How many iterations are under way."""
        return len(self._news)

    async def publish(self, type: DiscoveryEventType, metadata: WorkerMetadata) -> None:
        """
        Tell every subscriber.

        Raises:
            ValueError: *type* is none of the three.
        """
        if type not in TYPES:
            raise ValueError(f"type must be one of {', '.join(sorted(TYPES))}, not {type!r}")
        self.published.append(DiscoveryEvent(type, metadata))
        if type == "worker-dropped":
            self._members.pop(metadata.uid, None)
        else:
            self._members[metadata.uid] = metadata
        self._tell()

    def fail(self, error: Exception) -> None:
        """Have every iteration, also those to come, end in *error*."""
        self._error = error
        self._tell()

    async def settled(self) -> None:
        """Wait until every subscriber has heard all and waits for more."""
        for quiet in tuple(self._quiet):
            await quiet.wait()

    async def follow(self, filter: DiscoveryFilter | None) -> AsyncGenerator[DiscoveryEvent]:
        """Yield who is there, then what changes."""
        known: Members = {}
        news, quiet = asyncio.Event(), asyncio.Event()
        self._news.add(news)
        self._quiet.add(quiet)
        try:
            while True:
                if self._error is not None:
                    raise self._error
                news.clear()
                # A subscriber that was slow hears of the difference, not of every step.
                for event in differences(known, wanted(self._members, filter)):
                    quiet.clear()
                    yield event
                if not news.is_set():
                    quiet.set()
                    await news.wait()
        finally:
            quiet.set()
            self._news.discard(news)
            self._quiet.discard(quiet)

    def _tell(self) -> None:
        for quiet in self._quiet:
            quiet.clear()
        for news in self._news:
            news.set()


class FakeSubscriber:
    """One who wants to hear of workers; every iteration begins anew."""

    def __init__(self, discovery: FakeDiscovery, filter: DiscoveryFilter | None) -> None:
        self._discovery = discovery
        self._filter = filter

    def __aiter__(self) -> AsyncIterator[DiscoveryEvent]:
        return self._discovery.follow(self._filter)


def wanted(members: Members, filter: DiscoveryFilter | None) -> Members:
    """Return those of *members* that *filter* wants."""
    return {uid: worker for uid, worker in members.items() if _wants(filter, worker)}


def differences(known: Members, now: Members) -> list[DiscoveryEvent]:
    """Return what has changed since *known*, and bring that up to *now*."""
    events = [
        DiscoveryEvent("worker-dropped", worker) for uid, worker in known.items() if uid not in now
    ]
    for uid, worker in now.items():
        if uid not in known:
            events.append(DiscoveryEvent("worker-added", worker))
        elif known[uid] != worker:
            events.append(DiscoveryEvent("worker-updated", worker))
    known.clear()
    known.update(now)
    return events


def _wants(filter: DiscoveryFilter | None, worker: WorkerMetadata) -> bool:
    if filter is None:
        return True
    try:
        return bool(filter(worker))
    except Exception as exc:  # noqa: BLE001 - a filter that fails drops the worker, not the stream
        import structlog  # only where there is something to tell: it is slow to import

        structlog.get_logger("wool").warning("filter_failed", worker=worker.uid, exc_info=exc)
        return False
