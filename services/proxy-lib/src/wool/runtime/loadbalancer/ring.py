"""Give each key a place among workers, so that few keys move when workers come and go."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b
from struct import Struct
from typing import Final

from wool_common.metadata import WorkerId

POINTS_EACH: Final = 8
"""How many points of the ring belong to each worker."""

PROBES: Final = 8
"""A key looks from so many; with these two, shares differ by 10 % (standard deviation)."""

AROUND: Final = 1 << 64
"""The length of the ring."""

POINTS: Final = Struct(f">{POINTS_EACH}Q")

REMEMBERED: Final = 4096
"""How many keys' places are remembered."""


class Ring:
    """
    Workers as points on a ring.

    A key looks from several places; the worker met after the shortest way has it
    (multi-probe consistent hashing). A worker that comes or goes moves only its own keys.
    """

    def __init__(self, workers: Iterable[WorkerId]) -> None:
        points = [point for worker in workers for point in _points(worker)]
        order = sorted(range(len(points)), key=points.__getitem__)
        self._points = [points[at] for at in order]
        self._owners = [at // POINTS_EACH for at in order]
        self._known: dict[bytes, int] = {}

    def place(self, key: bytes) -> int:
        """Return the position, in the order the workers were given, of the one for *key*."""
        place = self._known.get(key)
        if place is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            place = self._known[key] = self._seek(key)
        return place

    def _seek(self, key: bytes) -> int:
        digest = blake2b(key, digest_size=16).digest()
        start, stride = int.from_bytes(digest[:8]), int.from_bytes(digest[8:])
        points = self._points
        shortest, nearest = AROUND, 0
        for probe in range(PROBES):
            here = (start + probe * stride) % AROUND
            at = bisect_left(points, here) % len(points)
            way = (points[at] - here) % AROUND
            if way < shortest:
                shortest, nearest = way, at
        return self._owners[nearest]


def _points(worker: WorkerId) -> tuple[int, ...]:
    return POINTS.unpack(blake2b(worker.encode(errors="surrogatepass")).digest())
