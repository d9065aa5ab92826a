"""What every discovery can be asked to do, however it finds workers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias, runtime_checkable

from wool_common.metadata import WorkerMetadata

DiscoveryEventType: TypeAlias = Literal["worker-added", "worker-dropped", "worker-updated"]

EVENT_TYPES: Final = ("worker-added", "worker-dropped", "worker-updated")

PredicateFunction: TypeAlias = Callable[[WorkerMetadata], bool]
"""Tells which workers a subscriber wants to hear of."""


@dataclass(frozen=True, slots=True)
class DiscoveryEvent:
    """A worker came, left, or says something else about itself."""

    type: DiscoveryEventType
    metadata: WorkerMetadata


@runtime_checkable
class DiscoveryPublisherLike(Protocol):
    """
    Announces workers.

    One that is an async context manager is entered before its first use. It may have an
    attribute `bind_host`: the address workers must listen on to be reached by whoever
    finds them.
    """

    async def publish(self, type: DiscoveryEventType, metadata: WorkerMetadata) -> None: ...


@runtime_checkable
class DiscoverySubscriberLike(Protocol):
    """
    Tells of workers.

    Each iteration first tells who is there, then what changes, whatever other iterations
    do.
    """

    def __aiter__(self) -> AsyncIterator[DiscoveryEvent]: ...


@runtime_checkable
class DiscoveryLike(Protocol):
    """Announces workers and finds them."""

    @property
    def publisher(self) -> DiscoveryPublisherLike: ...

    @property
    def subscriber(self) -> DiscoverySubscriberLike: ...

    def subscribe(self, filter: PredicateFunction | None = None) -> DiscoverySubscriberLike: ...
