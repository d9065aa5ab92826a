"""Want to hear of some workers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from wool_common.discovery.protocols import (
    EVENT_TYPES,
    DiscoveryEvent,
    DiscoveryEventType,
    PredicateFunction,
)

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
