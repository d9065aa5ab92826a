"""Routines that run in containers."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import AsyncGenerator
from pathlib import Path

import wool


@wool.routine
async def here() -> str:
    """Return the name of the container it runs in."""
    return platform.node()


@wool.routine
async def fibonacci(n: int) -> int:
    """Return the n-th Fibonacci number, asking others for its parts."""
    if n <= 1:
        return n
    parts = await asyncio.gather(fibonacci(n - 1), fibonacci(n - 2))
    return sum(parts)


@wool.routine
async def where_nested() -> tuple[str, str]:
    """Return the container it runs in, and that of a call made from there."""
    return platform.node(), await here()


@wool.routine
async def count(n: int) -> AsyncGenerator[int]:
    """Yield numbers."""
    for i in range(n):
        yield i


@wool.routine
async def nap(seconds: float) -> str:
    """Sleep, and return the name of the container."""
    await asyncio.sleep(seconds)
    return platform.node()


@wool.routine
async def variable(name: str) -> str | None:
    """Return a variable of the environment."""
    return os.environ.get(name)


@wool.routine
async def write(path: str) -> str | None:
    """Try to write a file; return why it could not be."""
    try:
        Path(path).write_text("x")
    except OSError as exc:
        return str(exc.strerror)
    return None


@wool.routine
async def die(code: int) -> None:
    """End the whole process."""
    print("last words", flush=True)
    os._exit(code)
