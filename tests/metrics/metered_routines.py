"""What the tests of metrics have workers do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator

import wool


@wool.routine
async def echo(value: object) -> object:
    """Return *value*."""
    return value


@wool.routine
async def fail() -> None:
    """Raise."""
    raise LookupError("as asked")


@wool.routine
async def rest(seconds: float) -> None:
    """Sleep."""
    await asyncio.sleep(seconds)


@wool.routine
async def die() -> None:
    """End the worker."""
    os._exit(3)


@wool.routine
async def count(until: int) -> AsyncGenerator[int, None]:
    """Yield the numbers below *until*."""
    for number in range(until):
        yield number


@wool.routine
async def count_and_fail() -> AsyncGenerator[int, None]:
    """Yield one number and raise."""
    yield 0
    raise LookupError("as asked")


@wool.routine
async def echo_there(value: object) -> object:
    """Call another routine."""
    return await echo(value)
