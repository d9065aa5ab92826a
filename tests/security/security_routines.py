"""Routines that tell where they ran."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator

import wool


@wool.routine
async def pid() -> int:
    return os.getpid()


@wool.routine
async def pids(wanted: int) -> tuple[int, set[int]]:
    """Return this worker, and those that nested calls ran on, once there are *wanted*."""
    found: set[int] = set()
    async with asyncio.timeout(20):
        while len(found) < wanted:
            found.add(await pid())
    return os.getpid(), found


@wool.routine
async def count(to: int) -> AsyncGenerator[int]:
    for number in range(to):
        yield number


@wool.routine
async def size(value: object) -> int:
    return len(bytes(value))  # pyright: ignore[reportArgumentType]


@wool.routine
async def repeated(value: object) -> str:
    return repr(value)
