"""Tell any number of consumers which workers are there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import contextmanager
from typing import Final

from wool_common.discovery.protocols import DiscoveryEvent, PredicateFunction
from wool_common.metadata import WorkerId, WorkerMetadata

log: Final = logging.getLogger("wool")


class Board:
    """
    The workers that are there now, with those who follow what changes.

    Lives on one event loop. Changes are made at once, whether anybody follows or not; one
    who is slow hears of the difference to what it last heard, so nothing piles up.
    """

    def __init__(self, workers: Iterable[WorkerMetadata] = ()) -> None:
        self._members: dict[WorkerId, WorkerMetadata] = {w.uid: w for w in workers}
        self._consumers: set[_Consumer] = set()
        self._error: Exception | None = None

    @property
    def members(self) -> tuple[WorkerMetadata, ...]:
        """The workers that are there now."""
        return tuple(self._members.values())

    @property
    def consumers(self) -> int:
        """How many iterations are under way."""
        return len(self._consumers)

    def get(self, uid: WorkerId) -> WorkerMetadata | None:
        """Return what is known of that worker, None where it is not there."""
        return self._members.get(uid)

    def put(self, worker: WorkerMetadata) -> None:
        """Add *worker*, or have it say this about itself from now on."""
        if self._members.get(worker.uid) == worker:
            return
        self._members[worker.uid] = worker
        for consumer in self._consumers:
            consumer.tell(worker.uid)

    def drop(self, uid: WorkerId) -> None:
        """Take that worker away; one that is not there may be dropped, too."""
        if self._members.pop(uid, None) is None:
            return
        for consumer in self._consumers:
            consumer.tell_dropped(uid)

    def replace(self, workers: Iterable[WorkerMetadata]) -> None:
        """Have exactly *workers* be there."""
        now = {worker.uid: worker for worker in workers}
        for uid in [uid for uid in self._members if uid not in now]:
            self.drop(uid)
        for worker in now.values():
            self.put(worker)

    def fail(self, error: Exception | None) -> None:
        """Have every iteration, also those to come, end in *error*; None ends that."""
        self._error = error
        for consumer in self._consumers:
            consumer.wake()

    async def settled(self) -> None:
        """Wait until every consumer has heard all and waits for more."""
        for consumer in tuple(self._consumers):
            await consumer.quiet.wait()

    async def follow(
        self, filter: PredicateFunction | None = None
    ) -> AsyncGenerator[DiscoveryEvent]:
        """
        Yield who is there, then what changes, of the workers that *filter* wants.

        A worker that begins to pass the filter is added for this iteration, one that no
        longer does is dropped; so is one the filter fails on, with a line in the log.
        """
        with self._consumer() as consumer:
            while True:
                self._raise_error()
                event = consumer.next_event(self._members, filter)
                if event is not None:
                    yield event
                else:
                    await consumer.news()

    async def batches(
        self, filter: PredicateFunction | None = None
    ) -> AsyncGenerator[list[DiscoveryEvent]]:
        """Yield the same in lists: first all who are there, then whatever has changed."""
        with self._consumer() as consumer:
            self._raise_error()
            yield consumer.take(self._members, filter)
            while True:
                self._raise_error()
                batch = consumer.take(self._members, filter)
                if batch:
                    yield batch
                else:
                    await consumer.news()

    @contextmanager
    def _consumer(self) -> Generator[_Consumer]:
        consumer = _Consumer(self._members)
        self._consumers.add(consumer)
        try:
            yield consumer
        finally:
            self._consumers.discard(consumer)
            consumer.quiet.set()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error


class _Consumer:
    """One iteration: what it has heard, and of whom there is something to tell."""

    def __init__(self, members: Iterable[WorkerId]) -> None:
        self.quiet = asyncio.Event()
        self._known: dict[WorkerId, WorkerMetadata] = {}
        # In order; never more than the members and those it knows.
        self._changed: dict[WorkerId, None] = dict.fromkeys(members)
        self._woken = asyncio.Event()

    def tell(self, uid: WorkerId) -> None:
        """Note that there may be something to tell of that worker."""
        self._changed[uid] = None
        self.wake()

    def tell_dropped(self, uid: WorkerId) -> None:
        """Note that that worker is gone, which matters only where it was heard of."""
        if uid in self._known:
            self.tell(uid)
        else:
            self._changed.pop(uid, None)

    def wake(self) -> None:
        self.quiet.clear()
        self._woken.set()

    async def news(self) -> None:
        """Wait until there is something to tell."""
        self.quiet.set()
        self._woken.clear()
        await self._woken.wait()

    def take(
        self, members: dict[WorkerId, WorkerMetadata], filter: PredicateFunction | None
    ) -> list[DiscoveryEvent]:
        """Return everything there is to tell."""
        return list(iter(lambda: self.next_event(members, filter), None))

    def next_event(
        self, members: dict[WorkerId, WorkerMetadata], filter: PredicateFunction | None
    ) -> DiscoveryEvent | None:
        """Return the next thing to tell, None where there is none."""
        while self._changed:
            uid = next(iter(self._changed))
            del self._changed[uid]
            worker = members.get(uid)
            if worker is not None and not wants(filter, worker):
                worker = None
            event = self._difference(uid, worker)
            if event is not None:
                return event
        return None

    def _difference(self, uid: WorkerId, worker: WorkerMetadata | None) -> DiscoveryEvent | None:
        known = self._known.get(uid)
        if known == worker:
            return None
        if worker is None:
            return DiscoveryEvent("worker-dropped", self._known.pop(uid))
        self._known[uid] = worker
        return DiscoveryEvent("worker-added" if known is None else "worker-updated", worker)


def wants(filter: PredicateFunction | None, worker: WorkerMetadata) -> bool:
    """Tell whether *filter* wants *worker*; one it fails on is not wanted, and logged."""
    if filter is None:
        return True
    try:
        return bool(filter(worker))
    except Exception:
        log.warning(
            "the filter failed on worker %s at %s, which is left out for it",
            worker.uid,
            worker.address,
            exc_info=True,
        )
        return False
