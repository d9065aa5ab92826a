"""What the sample application has its workers do."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncGenerator

import wool


@wool.routine
async def square(number: int) -> int:
    """Return at once: what a call costs."""
    return number * number


@wool.routine
async def count_primes(below: int) -> int:
    """Compute for a while."""
    sieve = bytearray([1]) * below
    sieve[:2] = b"\0\0"
    for number in range(2, int(below**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, below, number)))
    return sum(sieve)


@wool.routine
async def count_words(text: str) -> Counter[str]:
    """Take and return more than a few bytes."""
    return Counter(text.split())


@wool.routine
async def nap(seconds: float) -> float:
    """Wait, as for a database, while others compute."""
    await asyncio.sleep(seconds)
    return seconds


@wool.routine
async def count_down(start: int) -> AsyncGenerator[int]:
    """Stream values one by one."""
    for number in range(start, 0, -1):
        yield number


@wool.routine
async def count_primes_apart(limits: list[int]) -> list[int]:
    """Call other routines, which run on whichever workers there are."""
    return await asyncio.gather(*(count_primes(limit) for limit in limits))


@wool.routine
async def divide(dividend: int, divisor: int) -> float:
    """Raise ZeroDivisionError where *divisor* is 0, as at the caller's."""
    return dividend / divisor


@wool.routine
async def whereabouts() -> str:
    """Tell in which container this runs."""
    return socket.gethostname()
