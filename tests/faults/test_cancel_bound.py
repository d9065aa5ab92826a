"""Cancelling a caller stops its routine soon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine

import pytest
from ears import Ear
from fault_routines import drip, echo, hang

import wool

TRIES = 1000
AT_ONCE = 4
BOUND = 0.1

Caller = Callable[[str, int], Coroutine[object, object, None]]


async def call(ear: str, key: int) -> None:
    await hang(ear, key)


async def iterate(ear: str, key: int) -> None:
    async for _ in drip(ear, key):
        pass


async def stop_by_cancel(caller: Caller, ear: Ear, key: int) -> float:
    """Return the seconds from cancelling the caller to the routine's CancelledError."""
    calling = asyncio.create_task(caller(ear.path, key))
    await ear.hear("began", key)
    begin = time.monotonic()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    return await ear.hear("cancelled", key) - begin


async def stop_by_timeout(caller: Caller, ear: Ear, key: int) -> float:
    """Return the seconds from the end of the limit to the routine's CancelledError."""
    loop = asyncio.get_running_loop()
    at = 0.0

    async def timed() -> None:
        nonlocal at
        async with asyncio.timeout(None) as limit:

            def expire(_: object) -> None:
                nonlocal at
                at = loop.time()
                limit.reschedule(at)

            asyncio.ensure_future(ear.hear("began", key)).add_done_callback(expire)
            await caller(ear.path, key)

    with pytest.raises(TimeoutError):
        await timed()
    return await ear.hear("cancelled", key) - at


@pytest.mark.parametrize("caller", [call, iterate])
@pytest.mark.parametrize("stop", [stop_by_cancel, stop_by_timeout])
async def test_a_cancelled_caller_stops_its_routine_soon(
    caller: Caller, stop: Callable[[Caller, Ear, int], Coroutine[object, object, float]], ear: Ear
) -> None:
    """The routine is cancelled within 100 ms at the 99th percentile, and cleans up."""
    seconds: list[float] = []

    async def lane(first: int) -> None:
        for key in range(first, TRIES, AT_ONCE):
            seconds.append(await stop(caller, ear, key))  # noqa: PERF401

    async with wool.WorkerPool(size=2):
        async with asyncio.TaskGroup() as group:
            for first in range(AT_ONCE):
                group.create_task(lane(first))
        for key in range(TRIES):
            await ear.hear("ended", key)
        assert await echo(1) == 1

    seconds.sort()
    assert len(seconds) == TRIES
    assert seconds[TRIES * 99 // 100] < BOUND
    assert all(len(times) == 1 for times in ear.said.values())
