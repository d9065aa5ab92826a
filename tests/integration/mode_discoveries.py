"""Discoveries as users write them, some of which misbehave."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

from wool.runtime.discovery.base import DiscoveryEvent, DiscoveryEventType, PredicateFunction
from wool.testing import FakeDiscovery
from wool_common.metadata import WorkerMetadata

Publish = Callable[[DiscoveryEventType, WorkerMetadata], Any]


class OwnDiscovery:
    """
    A discovery that an application has written, which cannot be pickled.

    What is published may be watched by *on_publish*, which may be async and may fail.
    """

    def __init__(
        self,
        *workers: WorkerMetadata | None,
        bind_host: str | None = None,
        on_publish: Publish | None = None,
    ) -> None:
        self.known = FakeDiscovery(*(worker for worker in workers if worker is not None))
        self.lock = threading.Lock()
        self._on_publish = on_publish
        if bind_host is not None:
            self.bind_host = bind_host

    @property
    def publisher(self) -> OwnDiscovery:
        """The discovery itself."""
        return self

    @property
    def subscriber(self) -> OwnSubscriber:
        """A subscriber to every worker."""
        return OwnSubscriber(self)

    def subscribe(self, filter: PredicateFunction | None = None) -> OwnSubscriber:
        """Return a subscriber to every worker."""
        return OwnSubscriber(self)

    async def publish(self, type: DiscoveryEventType, metadata: WorkerMetadata) -> None:
        """Tell every subscriber."""
        if self._on_publish is not None:
            outcome = self._on_publish(type, metadata)
            if outcome is not None:
                await outcome
        await self.known.publish(type, metadata)

    @property
    def published(self) -> list[str]:
        """The kinds of event there were, in order."""
        return [event.type.removeprefix("worker-") for event in self.known.published]


class OwnSubscriber:
    """One who wants to hear of everything."""

    def __init__(self, discovery: OwnDiscovery) -> None:
        self.discovery = discovery

    def __aiter__(self) -> AsyncIterator[DiscoveryEvent]:
        return self.discovery.known.follow(None)


class Steps:
    """A context manager that notes when it is entered and left, and may take for ever."""

    def __init__(self, log: list[str], name: str, *, hang: str = "", fail: str = "") -> None:
        self.log = log
        self.name = name
        self.hang = hang
        self.fail = fail

    async def __aenter__(self) -> Any:
        await self.step("enter")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.step("leave")

    async def step(self, what: str) -> None:
        """Note *what* happens, unless it hangs or fails."""
        if self.hang == what:
            await asyncio.Event().wait()
        if self.fail == what:
            raise OSError(f"{self.name} cannot {what}")
        self.log.append(f"{what} {self.name}")


class SteppedSubscriber(Steps):
    """A subscriber that has to be entered."""

    def __init__(self, log: list[str], known: FakeDiscovery) -> None:
        super().__init__(log, "subscriber")
        self.known = known

    def __aiter__(self) -> AsyncIterator[DiscoveryEvent]:
        self.log.append("follow")
        return self.known.follow(None)


class SteppedPublisher(Steps):
    """A publisher that has to be entered."""

    def __init__(self, log: list[str], known: FakeDiscovery) -> None:
        super().__init__(log, "publisher")
        self.known = known

    async def publish(self, type: DiscoveryEventType, metadata: WorkerMetadata) -> None:
        """Note it, and tell every subscriber."""
        self.log.append(type)
        await self.known.publish(type, metadata)


class SteppedDiscovery(Steps):
    """A discovery whose every part has to be entered, and which notes in what order."""

    def __init__(self, log: list[str], *, hang: str = "", fail: str = "") -> None:
        super().__init__(log, "discovery", hang=hang, fail=fail)
        self.known = FakeDiscovery()
        self.publisher = SteppedPublisher(log, self.known)
        self.subscriber = SteppedSubscriber(log, self.known)

    def subscribe(self, filter: PredicateFunction | None = None) -> SteppedSubscriber:
        """Return a subscriber to every worker."""
        return SteppedSubscriber(self.log, self.known)
