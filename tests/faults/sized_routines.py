"""Callables that tell how large what they get is."""

from __future__ import annotations

from collections.abc import AsyncGenerator


async def length(value: bytes) -> int:
    return len(value)


async def lengths() -> AsyncGenerator[int, bytes]:
    """Yield the length of whatever is sent."""
    size = 0
    while True:
        size = len((yield size))
