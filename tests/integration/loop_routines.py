"""Routines for workers that are placed by balancers of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import wool


@wool.routine
async def double(value: int) -> int:
    return 2 * value


@wool.routine
async def fails(text: str) -> None:
    raise ValueError(text)


@wool.routine
async def waits() -> None:
    await asyncio.Event().wait()


@wool.routine
async def stubborn(seconds: float) -> str:
    """Answer a cancellation with a value."""
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        return "stayed"
    return "slept"


@wool.routine
async def count(number: int) -> AsyncGenerator[int, int | None]:
    """Yield numbers, jumping by what is sent."""
    value = 0
    while value < number:
        sent = yield value
        value += 1 if sent is None else sent


@wool.routine
async def fussy() -> AsyncGenerator[str, None]:
    """Yield what was thrown in."""
    try:
        yield "calm"
    except ValueError as exc:
        yield str(exc)
