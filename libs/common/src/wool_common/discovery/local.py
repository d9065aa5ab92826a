"""Find the workers that processes of the same user announce on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Final, Self
from uuid import uuid4

from wool_common.discovery.driven import driven
from wool_common.discovery.following import Board
from wool_common.discovery.local_folder import Folder, checked_namespace
from wool_common.discovery.local_reading import Reading
from wool_common.discovery.local_sweep import sweep
from wool_common.discovery.local_writing import Announcements
from wool_common.discovery.protocols import DiscoveryEvent, DiscoveryEventType, PredicateFunction
from wool_common.discovery.subscriber import Subscriber, checked_type
from wool_common.metadata import WorkerMetadata

INTERVAL: Final = 0.05
"""Seconds after which a change is noticed at the latest."""


class LocalPublisher:
    """
    Announces workers in a namespace of this machine.

    What it announces is withdrawn when it is left as a context manager or closed, and when
    its process ends, however that ends. It may then be used again.
    """

    def __init__(self, namespace: str) -> None:
        self._folder = Folder.of(checked_namespace(namespace))
        self._announcements: Announcements | None = None
        self._entered = 0

    async def publish(self, type: DiscoveryEventType, metadata: WorkerMetadata) -> None:
        """
        Announce a worker, what it says about itself now, or that it is gone.

        A worker that is announced again is updated, one that is updated unannounced is
        added, one that nobody announces may be dropped. Where several publishers announce
        one worker, each withdraws its own word, and the last word of the others counts.

        Raises:
            DiscoveryError: the namespace belongs to somebody else, or cannot be written to.
            ValueError: *type* is none of the three.
        """
        checked_type(type)
        if self._announcements is None:
            sweep()
            self._announcements = Announcements(self._folder)
        if type == "worker-dropped":
            self._announcements.remove(metadata.uid)
        else:
            self._announcements.write(metadata)

    def close(self) -> None:
        """Withdraw everything; may be said twice."""
        if self._announcements is not None:
            self._announcements.close()
            self._announcements = None

    async def __aenter__(self) -> Self:
        self._entered += 1
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._entered -= 1
        # Whoever entered first may still want it.
        if not self._entered:
            self.close()


class LocalDiscovery:
    """
    Finds the workers that processes of this user announce on this machine.

    Whoever names the same *namespace* finds the same workers; without one it is a new
    namespace, whose name `namespace` tells. It crosses to other processes by that name.

    Raises:
        TypeError, ValueError: *namespace* is no text, empty or too long.
    """

    def __init__(self, namespace: str | None = None) -> None:
        self.namespace = f"private-{uuid4().hex}" if namespace is None else namespace
        self._publisher = LocalPublisher(self.namespace)

    @property
    def publisher(self) -> LocalPublisher:
        """Announces workers here; always the same one."""
        return self._publisher

    @property
    def subscriber(self) -> Subscriber:
        """A subscriber to every worker."""
        return self.subscribe()

    def subscribe(self, filter: PredicateFunction | None = None) -> Subscriber:
        """
        Return a subscriber to the workers that *filter* wants; one that it fails on is none.

        Raises:
            TypeError: *filter* cannot be called.
        """
        return Subscriber(self._follow, filter)

    def _follow(self, filter: PredicateFunction | None) -> AsyncGenerator[DiscoveryEvent]:
        return driven(self._read, filter)

    async def _read(self, board: Board) -> None:
        reading = Reading(Folder.of(self.namespace), board)
        try:
            while True:
                reading.refresh()
                await asyncio.sleep(INTERVAL)
        finally:
            reading.close()

    async def __aenter__(self) -> Self:
        await self._publisher.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._publisher.__aexit__(kind, exc, traceback)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.namespace,)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.namespace!r})"
