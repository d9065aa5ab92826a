"""Want to hear of some workers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from wool_common.discovery.protocols import (
    EVENT_TYPES,
    DiscoveryEvent,
    DiscoveryEventType,
    PredicateFunction,
)

if TYPE_CHECKING:
    from wool_common.credentials import CredentialsLike

Follow = Callable[[PredicateFunction | None], AsyncGenerator[DiscoveryEvent]]


class Subscriber:
    """
    One who wants to hear of the workers that *filter* wants; every iteration begins anew.

    Raises:
        TypeError: *filter* cannot be called.
    """

    def __init__(self, follow: Follow, filter: PredicateFunction | None = None) -> None:
        self._follow = follow
        self._filter = checked_filter(filter)

    def __aiter__(self) -> AsyncGenerator[DiscoveryEvent]:
        return self._follow(self._filter)


class Followed(Protocol):
    """A discovery that speaks to workers, or to a service, and needs credentials for it."""

    def follow(
        self, filter: PredicateFunction | None, credentials: CredentialsLike | None
    ) -> AsyncGenerator[DiscoveryEvent]:
        """Yield who is there, then what changes; *credentials* are the pool's."""
        ...


D = TypeVar("D", bound=Followed)


class DiallingSubscriber(Generic[D]):
    """
    One who wants to hear of the workers that *filter* wants; every iteration begins anew.

    Raises:
        TypeError: *filter* cannot be called.
    """

    def __init__(
        self,
        discovery: D,
        filter: PredicateFunction | None,
        credentials: CredentialsLike | None = None,
    ) -> None:
        self._discovery = discovery
        self._filter = checked_filter(filter)
        self._credentials = credentials

    def dialling(self, credentials: CredentialsLike | None) -> Self:
        """Return the same subscriber, with *credentials* where its discovery has none."""
        return type(self)(self._discovery, self._filter, credentials)

    def __aiter__(self) -> AsyncGenerator[DiscoveryEvent]:
        return self._discovery.follow(self._filter, self._credentials)


def checked_filter(filter: PredicateFunction | None) -> PredicateFunction | None:
    """
    Return *filter*, which tells of a worker whether it is wanted; None wants all.

    Raises:
        TypeError: it cannot be called.
    """
    if filter is not None and not callable(filter):
        raise TypeError(f"filter must be called with a worker's metadata, not {filter!r}")
    return filter


def checked_type(type: object) -> DiscoveryEventType:
    """
    Return *type* as one of the three there are.

    Raises:
        ValueError: it is another.
    """
    for known in EVENT_TYPES:
        if type == known:
            return known
    raise ValueError(f"type must be one of {', '.join(EVENT_TYPES)}, not {type!r}")
