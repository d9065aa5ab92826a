"""A worker that drains loses no call, unless its grace is over."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from dialling import stop_by_rpc
from ears import Ear
from fault_routines import block, brief, brief_steps, echo, hang, large, stubborn
from middleman import Distant
from waits import eventually, full

import wool

LANES = 32
STEP = 0.01
LARGE = 32 << 20

PROMPT = 5.0
"""Grace, and what cancelled routines get to clean up, with room to spare."""

OUTLIVED = r"stopped .* before the task had finished"

Stop = Callable[[wool.WorkerMetadata], Awaitable[object]]


async def by_signal(worker: wool.WorkerMetadata) -> None:
    os.kill(worker.pid, signal.SIGTERM)


async def by_rpc(worker: wool.WorkerMetadata) -> None:
    await stop_by_rpc(worker.address)


async def one_call(key: int) -> None:
    assert await brief(key, STEP) == key


async def one_iteration(key: int) -> None:
    assert [value async for value in brief_steps(key, STEP)] == [key] * 3


async def one_large_result(key: int) -> None:
    assert len(await large(1 << 20)) == 1 << 20


@pytest.mark.parametrize("stop", [by_signal, by_rpc])
@pytest.mark.parametrize("one", [one_call, one_iteration, one_large_result])
async def test_no_call_is_lost(stop: Stop, one: Callable[[int], Awaitable[None]]) -> None:
    """With a worker drained under load, every call has its result, and the pool is full again."""
    over = asyncio.Event()
    done = 0

    async def lane(key: int) -> None:
        nonlocal done
        while not over.is_set():
            await one(key)
            done += 1

    async with wool.WorkerPool(size=2) as pool, asyncio.TaskGroup() as group:
        for key in range(LANES if one is not one_large_result else 4):
            group.create_task(lane(key))
        for _ in range(2):
            victim = (await full(pool, 2))[0]
            before = done
            await eventually(lambda before=before: done > before + LANES, 10.0)
            await stop(victim)
            await eventually(lambda gone=victim: gone not in pool.workers, 2.0)
        await full(pool, 2)
        over.set()


async def test_a_large_result_is_sent_whole() -> None:
    """A worker that was asked to end does not before its last result has left."""
    async with wool.WorkerPool(size=1) as pool:
        (worker,) = await full(pool, 1)
        calls = [asyncio.create_task(large(LARGE)) for _ in range(4)]
        await echo("they have begun")

        await by_signal(worker)

        assert [len(result) for result in await asyncio.gather(*calls)] == [LARGE] * 4


async def test_a_large_argument_is_taken_whole() -> None:
    """A task that was accepted before the drain gets the rest of its arguments."""
    async with wool.WorkerPool(size=1) as pool:
        (worker,) = await full(pool, 1)
        value = bytes(LARGE)
        calls = [asyncio.create_task(echo(value)) for _ in range(4)]
        await echo("they have begun")

        await by_signal(worker)

        assert await asyncio.gather(*calls) == [value] * 4


async def test_a_slow_client_has_its_result(place: Path) -> None:
    """A worker that has nothing to do but to send a result waits for a connection that stalls."""
    worker = Distant(place)
    async with wool.WorkerPool(size=1, worker=lambda *_: worker, respawn=False):
        between = worker.between
        assert between is not None
        call = asyncio.create_task(large(LARGE))
        await eventually(lambda: between.carried > 1 << 20, 5.0)
        between.hold()
        assert worker.metadata is not None

        await by_signal(worker.metadata)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(worker.exited(), 2.0)
        between.let()

        assert len(await call) == LARGE
        assert (await worker.exited()).returncode == 0
    await worker.stop()


@pytest.mark.parametrize("routine", [hang, stubborn])
async def test_a_task_that_outlives_the_grace_is_lost(
    routine: Callable[[str], Awaitable[object]], ear: Ear
) -> None:
    """Its caller hears WorkerLost, with the reason, and the routine was cancelled."""
    async with wool.WorkerPool(size=1) as pool:
        (worker,) = await full(pool, 1)
        call = asyncio.ensure_future(routine(ear.path))
        await ear.hear("began")
        begin = time.monotonic()

        await stop_by_rpc(worker.address, grace=0.2)
        with pytest.raises(wool.WorkerLost, match=OUTLIVED) as lost:
            await call

        assert time.monotonic() - begin < PROMPT
        assert lost.value.worker == worker.uid
        assert "cancelled" in ear.said


async def test_a_task_that_blocks_beyond_the_grace_is_lost(ear: Ear) -> None:
    """A routine that cannot be cancelled does not keep its worker, and its caller is told."""
    async with wool.WorkerPool(size=1) as pool:
        (worker,) = await full(pool, 1)
        call = asyncio.ensure_future(block(ear.path, 60.0))
        await ear.hear("began")
        begin = time.monotonic()

        await stop_by_rpc(worker.address, grace=0.2)
        with pytest.raises(wool.WorkerLost, match=OUTLIVED):
            await call

        assert time.monotonic() - begin < PROMPT
