"""What the observed application has its workers do."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator

import wool


@wool.routine
async def quote(number: int) -> int:
    """Return at once."""
    return number * number


@wool.routine
async def rank(below: int) -> int:
    """Compute for a while."""
    return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, below))


@wool.routine
async def fetch(seconds: float) -> float:
    """Wait, as for a database."""
    await asyncio.sleep(seconds)
    return seconds


@wool.routine
async def thumbnail(picture: bytes) -> bytes:
    """Take much and return less."""
    return picture[::10]


@wool.routine
async def feed(length: int) -> AsyncGenerator[int, None]:
    """Stream numbers."""
    for number in range(length):
        await asyncio.sleep(0.001)
        yield number


@wool.routine
async def report(parts: int) -> int:
    """Call other routines, which run on whichever workers there are."""
    await fetch(0.01)
    return sum(await asyncio.gather(*(quote(part) for part in range(parts))))


@wool.routine
async def book(seats: int) -> None:
    """Raise."""
    raise LookupError(f"no {seats} seats are left")


@wool.routine
async def index(seconds: float) -> None:
    """Block the loop, as no routine should."""
    time.sleep(seconds)


@wool.routine
async def crash() -> None:
    """End the worker."""
    os._exit(3)
