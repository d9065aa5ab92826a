"""What tests have a durable worker run, in plain functions that it can import."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator


async def nothing() -> None:
    """Return at once."""


async def hang() -> None:
    """Wait until cancelled."""
    await asyncio.get_running_loop().create_future()


async def steps() -> AsyncGenerator[int]:
    """Yield twice, whenever asked."""
    yield 1
    yield 2
