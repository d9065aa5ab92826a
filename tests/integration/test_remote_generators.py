"""Generators as only remote ones are: ahead of their caller, or out of its reach."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import generator_routines as g
import pytest
from notes import noted, notes

import wool

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_without_it_the_worker_keeps_step(one: wool.WorkerPool, log: str) -> None:
    """Nothing is computed that nobody asked for."""
    async with aclosing(one.run(g.steps_taken, log, 10)) as generator:
        await anext(generator)
        await anext(generator)

    assert notes(log) == ["step 0", "step 1", "cleaned up"]


async def test_with_it_the_worker_runs_ahead(one: wool.WorkerPool, log: str) -> None:
    """The worker computes as many values as were asked for, and no more."""
    async with aclosing(one.run(g.steps_taken.options(prefetch=4), log, 100)) as generator:
        assert await anext(generator) == 0
        await noted(log, "step 3")

    assert notes(log)[-1] == "cleaned up"
    assert 5 <= len(notes(log)) <= 9


async def test_a_blocked_generator_is_not_waited_for(one: wool.WorkerPool) -> None:
    """A caller that has cancelled a step goes on though the worker cannot answer."""
    generator = one.run(g.blocking, 1.5)
    await anext(generator)
    begin = time.monotonic()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await anext(generator)

    assert time.monotonic() - begin < 1.2
    assert [number async for number in one.run(g.count, 2)] == [0, 1]


@pytest.mark.parametrize("prefetch", [1, 2, 3, 64, 1000])
async def test_all_values_come_in_order(one: wool.WorkerPool, prefetch: int) -> None:
    """However far ahead, nothing is lost or moved."""
    routine = g.count.options(prefetch=prefetch)

    assert [number async for number in one.run(routine, 500)] == list(range(500))


async def test_the_error_comes_after_the_values(one: wool.WorkerPool) -> None:
    """An error is raised where it belongs, though it was known before."""
    generator = one.run(g.failing.options(prefetch=16), 5)

    assert [await anext(generator) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(LookupError, match="no more"):
        await anext(generator)


async def test_nothing_can_be_sent_or_thrown(one: wool.WorkerPool, log: str) -> None:
    """A worker that is ahead cannot take what is meant for an earlier yield."""
    for how in ("asend", "athrow"):
        generator = one.run(g.steps_taken.options(prefetch=4), log, 10)
        await anext(generator)
        with pytest.raises(RuntimeError, match=f"{how} needs a generator in lock-step"):
            await getattr(generator, how)(ValueError())


async def test_leaving_interrupts_the_step_ahead(one: wool.WorkerPool, log: str) -> None:
    """A step that nobody waits for any more is cancelled when the caller leaves."""
    async with asyncio.timeout(5):
        async with aclosing(one.run(g.one_then_wait.options(prefetch=4), log)) as generator:
            await anext(generator)
            await noted(log, "waits")

    assert notes(log) == ["waits", "cleaned up"]


async def test_leaving_stops_at_the_next_yield(one: wool.WorkerPool, log: str) -> None:
    """A worker that is far ahead stops computing when the caller leaves."""
    routine = g.steps_taken.options(prefetch=100_000)
    async with aclosing(one.run(routine, log, 100_000)) as generator:
        await anext(generator)

    assert notes(log)[-1] == "cleaned up"
    assert len(notes(log)) < 100_000
