"""Rebuild functions with a cache that travel by value."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, Protocol, cast


class Cached(Protocol):
    """What `functools.lru_cache` makes of a function."""

    __wrapped__: Callable[..., object]

    def cache_parameters(self) -> Any:
        """Return what the cache was made with."""
        ...


CachedType: Final[type] = type(functools.lru_cache(len))


def reduce_cached(cached: Cached) -> tuple[object, ...]:
    """Return how pickle takes *cached* apart; what is in its cache stays behind."""
    return rebuild_cached, (cached.__wrapped__, dict(cached.cache_parameters()))


def rebuild_cached(function: Callable[..., object], parameters: dict[str, Any]) -> Cached:
    """Give *function* an empty cache."""
    return cast("Cached", functools.lru_cache(**parameters)(function))
