"""A discovery that knows what it is told."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from wool.runtime.discovery.base import DiscoveryEvent, DiscoveryEventType, PredicateFunction
from wool_common.discovery.following import Board
from wool_common.discovery.subscriber import Subscriber, checked_type
from wool_common.metadata import WorkerMetadata


class FakeDiscovery:
    """
    A discovery for tests: what is published is what subscribers hear.

    Starts with *workers*. Events may be awaited in any number of iterations on one event
    loop. `publish` returns at once; `settled` waits until every subscriber has heard.
    """

    def __init__(self, *workers: WorkerMetadata) -> None:
        self.published: list[DiscoveryEvent] = []
        """What `publish` was called with, in order."""
        self._board = Board(workers)

    @property
    def publisher(self) -> FakeDiscovery:
        """The discovery itself, which is its own publisher."""
        return self

    @property
    def subscriber(self) -> Subscriber:
        """A subscriber to every worker."""
        return Subscriber(self.follow)

    def subscribe(self, filter: PredicateFunction | None = None) -> Subscriber:
        """Return a subscriber to the workers that *filter* wants; one that it fails on is none."""
        return Subscriber(self.follow, filter)

    @property
    def workers(self) -> tuple[WorkerMetadata, ...]:
        """The workers that are there now."""
        return self._board.members

    @property
    def subscriptions(self) -> int:
        """How many iterations are under way."""
        return self._board.consumers

    async def publish(self, type: DiscoveryEventType, metadata: WorkerMetadata) -> None:
        """
        Tell every subscriber.

        Raises:
            ValueError: *type* is none of the three.
        """
        self.published.append(DiscoveryEvent(checked_type(type), metadata))
        if type == "worker-dropped":
            self._board.drop(metadata.uid)
        else:
            self._board.put(metadata)

    def fail(self, error: Exception) -> None:
        """Have every iteration, also those to come, end in *error*."""
        self._board.fail(error)

    async def settled(self) -> None:
        """Wait until every subscriber has heard all and waits for more."""
        await self._board.settled()

    def follow(self, filter: PredicateFunction | None) -> AsyncGenerator[DiscoveryEvent]:
        """Yield who is there, then what changes."""
        return self._board.follow(filter)
