"""Wait for facts that nobody announces."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import wool

STEP = 0.005


async def eventually(is_so: Callable[[], bool], limit: float) -> float:
    """Return the seconds until *is_so*; TimeoutError where they are more than *limit*."""
    begin = time.monotonic()
    while not is_so():
        if time.monotonic() - begin > limit:
            raise TimeoutError(f"not so within {limit:g} s")
        await asyncio.sleep(STEP)
    return time.monotonic() - begin


async def full(pool: wool.WorkerPool, size: int) -> tuple[wool.WorkerMetadata, ...]:
    """Return the workers of *pool* once all *size* of them can be used."""
    await eventually(lambda: len(pool.workers) == size, 10.0)
    return pool.workers


class _Leave(Exception):
    """Goes through a pool so that it is left in a hurry."""


@asynccontextmanager
async def hurried(pool: wool.WorkerPool) -> AsyncGenerator[wool.WorkerPool]:
    """Open *pool*, and leave it as by an exception: what still runs there is cancelled."""
    try:
        async with pool:
            yield pool
            raise _Leave
    except _Leave:
        pass
