"""Find workers of which only the addresses are known."""

from __future__ import annotations

import asyncio
import functools
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from typing import Final, NoReturn

from wool_common.checks import checked_credentials, checked_seconds
from wool_common.credentials import CredentialsLike
from wool_common.describe import describe
from wool_common.discovery.driven import driven
from wool_common.discovery.following import Board
from wool_common.discovery.protocols import DiscoveryEvent, DiscoveryEventType, PredicateFunction
from wool_common.discovery.subscriber import DiallingSubscriber
from wool_common.discovery.visits import Visits
from wool_common.errors import DiscoveryError
from wool_common.metadata import WorkerMetadata

INTERVAL: Final = 5.0
"""Seconds between two questions to one address."""


class AskingDiscovery(ABC):
    """
    Asks whoever answers at certain addresses which worker it is.

    It asks with its own *credentials*, where it has none with those of the pool.
    """

    def __init__(self, *, interval: float, credentials: CredentialsLike | None) -> None:
        self._interval = checked_seconds("interval", interval)
        self._credentials = checked_credentials(credentials)

    @property
    def publisher(self) -> Unpublishing:
        """Refuses: workers are where their addresses say."""
        return Unpublishing(type(self).__name__)

    @property
    def subscriber(self) -> DiallingSubscriber[AskingDiscovery]:
        """A subscriber to every worker."""
        return self.subscribe()

    def subscribe(
        self, filter: PredicateFunction | None = None
    ) -> DiallingSubscriber[AskingDiscovery]:
        """
        Return a subscriber to the workers that *filter* wants; one that it fails on is none.

        Raises:
            TypeError: *filter* cannot be called.
        """
        return DiallingSubscriber(self, filter)

    def follow(
        self, filter: PredicateFunction | None, credentials: CredentialsLike | None
    ) -> AsyncGenerator[DiscoveryEvent]:
        """Yield who is there, then what changes; *credentials* are the pool's."""
        own = self._credentials
        ask = functools.partial(describe, credentials=credentials if own is None else own)

        async def drive(board: Board) -> None:
            try:
                async with asyncio.TaskGroup() as group:
                    await self._direct(Visits(board, group, ask, interval=self._interval))
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None

        return driven(drive, filter)

    @abstractmethod
    async def _direct(self, visits: Visits) -> None:
        """Tell *visits* which addresses there are, for as long as that may change."""


class Unpublishing:
    """Stands for the publisher of a discovery that finds workers and announces none."""

    def __init__(self, discovery: str) -> None:
        self._discovery = discovery

    async def __aenter__(self) -> NoReturn:
        """Refuse whoever would publish later, at once; raises as `publish` does."""
        raise self._refusal()

    async def __aexit__(self, *_: object) -> None:
        """Do nothing; nobody has entered."""

    async def publish(self, type: DiscoveryEventType, metadata: WorkerMetadata) -> NoReturn:
        """
        Refuse.

        Raises:
            DiscoveryError: always.
        """
        raise self._refusal()

    def _refusal(self) -> DiscoveryError:
        return DiscoveryError(
            f"{self._discovery} only finds workers at addresses it was given, so none can be"
            " published to it: use it without size, or another discovery"
        )
