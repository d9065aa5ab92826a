"""Remember what was made of the tuples of members seen last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Generic, TypeVar

V = TypeVar("V")

REMEMBERED: Final = 4
"""How many tuples are remembered: all members, and selections that come again."""


class Snapshots(Generic[V]):
    """What was made of each of the tuples seen last."""

    def __init__(self) -> None:
        self._seen: list[tuple[Sequence[object], V]] = []

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self._seen)

    def get(self, members: Sequence[object]) -> V | None:
        """Return what was put for this very tuple, None where that is forgotten."""
        for at, (seen, value) in enumerate(self._seen):
            if seen is members:
                if at:
                    self._seen.insert(0, self._seen.pop(at))
                return value
        return None

    def put(self, members: Sequence[object], value: V) -> None:
        """Remember *value*."""
        self._seen.insert(0, (members, value))
        del self._seen[REMEMBERED:]
