"""Rank workers for a client, alike in every process and on every version of Python."""

from __future__ import annotations

import functools
import heapq
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from wool_common.metadata import WorkerId

MASK: Final = (1 << 64) - 1


def closest(client: str, workers: Iterable[WorkerId], count: int) -> list[WorkerId]:
    """
    Return the *count* of *workers* that rank highest for *client*, best first.

    A worker that joins or leaves changes one place of this list at most, and clients
    spread over the workers evenly.
    """
    return heapq.nlargest(count, workers, key=lambda worker: (score(client, worker), worker))


def score(client: str, worker: WorkerId) -> int:
    """Return the rank of *worker* for *client*: 64 bits, the higher the closer."""
    return mix(fingerprint(client) ^ fingerprint(worker))


@functools.lru_cache(maxsize=1 << 15)
def fingerprint(text: str) -> int:
    """Return 64 bits that stand for *text*."""
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest())


def mix(bits: int) -> int:
    """Return 64 bits each of which depends on each of *bits* (the end of SplitMix64)."""
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB & MASK
    return bits ^ (bits >> 31)
