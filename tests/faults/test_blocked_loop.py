"""A routine that blocks its loop keeps nobody waiting but those on the same loop."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncGenerator

import pytest
from dialling import described, start, stop_by_rpc, stranger
from ears import Ear
from fault_routines import block, echo, pid
from waits import full, hurried

import wool
from wool_common import frames as f
from wool_common.backpressure import BackpressureContext

BLOCKED = 5.0
PROMPT = 1.0
"""Far below the time for which the loop is blocked, far above what an answer takes."""


def one_at_a_time(context: BackpressureContext) -> bool:
    return context.active_task_count > 0


Blocked = tuple[wool.WorkerPool, wool.WorkerMetadata, "asyncio.Task[None]"]


@pytest.fixture
async def blocked(ear: Ear) -> AsyncGenerator[Blocked]:
    """Have a pool of one worker whose routines' loop is blocked."""
    worker = functools.partial(wool.LocalWorker, backpressure=one_at_a_time)
    pool = wool.WorkerPool(size=1, worker=worker)
    async with hurried(pool):
        (metadata,) = await full(pool, 1)
        blocking = asyncio.create_task(pool.run(block, ear.path, BLOCKED))
        await ear.hear("began")
        yield pool, metadata, blocking
    await asyncio.wait([blocking])


async def test_a_refusal_comes_at_once(blocked: Blocked) -> None:
    """The backpressure hook is asked although a routine blocks."""
    pool, _, _ = blocked
    begin = time.monotonic()

    with pytest.raises(wool.NoWorkersAvailable, match="backpressure"):
        await pool.run(echo, 1)

    assert time.monotonic() - begin < PROMPT


async def test_a_description_comes_at_once(blocked: Blocked) -> None:
    """Describe is answered although a routine blocks, and counts it."""
    _, worker, _ = blocked
    begin = time.monotonic()

    answer = await described(worker.address)

    assert answer.load.active == 1
    assert time.monotonic() - begin < PROMPT


async def test_a_draining_worker_says_so_at_once(blocked: Blocked) -> None:
    """Stop is answered, and new tasks are refused, although a routine blocks."""
    _, worker, _ = blocked
    async with stranger(worker.address) as client:
        await client.define(1, echo)
        begin = time.monotonic()

        assert await stop_by_rpc(worker.address, grace=60.0) == 1
        assert (await described(worker.address)).draining
        assert isinstance(await client.hear(), f.Draining)
        await client.say(start(1, "too late"))
        refused = await client.hear()

        assert isinstance(refused, f.Refused)
        assert (refused.task, refused.code, refused.reason) == (1, 14, "draining")
        assert time.monotonic() - begin < PROMPT


async def test_a_caller_that_is_cancelled_does_not_wait_for_the_routine(blocked: Blocked) -> None:
    """Cancelling a call returns soon although the routine cannot hear of it."""
    _, _, blocking = blocked
    begin = time.monotonic()

    blocking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await blocking

    assert time.monotonic() - begin < PROMPT


async def test_other_workers_go_on(ear: Ear) -> None:
    """Tasks of another worker of the pool run while one is blocked."""
    async with hurried(wool.WorkerPool(size=2)) as pool:
        one, other = await full(pool, 2)
        blocking = asyncio.create_task(block.options(worker=one)(ear.path, BLOCKED))
        await ear.hear("began")
        begin = time.monotonic()

        assert {await pid.options(worker=other)() for _ in range(50)} == {other.pid}

        assert time.monotonic() - begin < PROMPT
    await asyncio.wait([blocking])
