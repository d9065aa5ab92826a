"""Keep workers by how busy they are, and the least busy at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")


class Levels(Generic[K]):
    """
    Keys by level, and one of the lowest at hand.

    A step up or down by one costs the same however many keys there are; any other jump
    of the last key on the lowest level costs one look at each level in use.
    """

    def __init__(self, levels: Mapping[K, int]) -> None:
        self._level = dict(levels)
        self._place: dict[K, int] = {}
        self._keys: dict[int, list[K]] = {}
        for key, level in levels.items():
            self._enter(key, level)
        self._lowest = min(self._keys, default=0)

    def lowest(self, toss: Callable[[], float]) -> K:
        """Return one of the keys on the lowest level, by a *toss* from 0 up to 1."""
        keys = self._keys[self._lowest]
        return keys[int(toss() * len(keys))] if len(keys) > 1 else keys[0]

    def step(self, key: K, by: int) -> None:
        """Move *key* up or down; no effect where it is not kept."""
        level = self._level.get(key)
        if level is not None:
            self.move(key, level + by)

    def move(self, key: K, level: int) -> None:
        """Move *key* to *level*; no effect where it is not kept."""
        before = self._level.get(key)
        if before is None or before == level:
            return
        self._leave(key, before)
        self._enter(key, level)
        self._level[key] = level
        if level < self._lowest:
            self._lowest = level
        elif self._lowest not in self._keys:
            self._lowest = before + 1 if before + 1 in self._keys else min(self._keys)

    def _enter(self, key: K, level: int) -> None:
        keys = self._keys.setdefault(level, [])
        self._place[key] = len(keys)
        keys.append(key)

    def _leave(self, key: K, level: int) -> None:
        """Take *key* out; the last one of the level moves to its place."""
        keys = self._keys[level]
        place = self._place[key]
        last = keys.pop()
        if place < len(keys):
            keys[place] = last
            self._place[last] = place
        elif not keys:
            del self._keys[level]
