"""Workers that say nothing any more are noticed before their sessions end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest
from conversations import Stage, stage
from loop_routines import double, waits

import wool
from wool.testing import Ignore


@asynccontextmanager
async def unanswered(on: Stage, *names: str) -> AsyncGenerator[None]:
    """Have a task wait at each of *names*."""
    for name in names:
        on[name].will(Ignore())
    calls = [asyncio.ensure_future(on.run(double, 1, worker=on[n].metadata)) for n in names]
    try:
        yield
    finally:
        await on.proxy.aclose()
        for call in calls:
            with suppress(wool.WorkerLost):
                await call


def reason(on: Stage, name: str) -> str:
    """Return why that worker is not used."""
    member = on.proxy.member(on[name].uid)
    assert member is not None
    return on.proxy.explain([member])[0].reason


async def test_a_silent_worker_is_left_alone_until_it_is_heard_again() -> None:
    """Others take what comes; its own tasks go on waiting, for it may only be slow."""
    async with stage(wool.RoundRobinLoadBalancer(), "a", "b", "c") as on, unanswered(on, "a"):
        await on.until(lambda: on.ready == {"b", "c"})
        assert reason(on, "a") == "silent: it leaves tasks unanswered"

        assert await asyncio.gather(*(on.run(double, n) for n in range(4))) == [0, 2, 4, 6]
        assert on.ran == {"b": 2, "c": 2}

        on["a"].report(1)
        await on.until(lambda: on.ready == {"a", "b", "c"})
        assert reason(on, "a") == "ready"


async def test_silent_workers_are_better_than_none() -> None:
    """Where nobody is heard, all are tried."""
    async with stage(wool.RoundRobinLoadBalancer(), "a", "b") as on, unanswered(on, "a", "b"):
        await on.until(lambda: reason(on, "a").startswith("silent"))
        await on.until(lambda: reason(on, "b").startswith("silent"))

        assert on.ready == {"a", "b"}
        assert await on.run(double, 2) == 4


async def test_a_worker_that_was_asked_for_gets_its_task_though_silent() -> None:
    """Whoever names it knows why."""
    async with stage(wool.RoundRobinLoadBalancer(), "a", "b") as on, unanswered(on, "a"):
        await on.until(lambda: on.ready == {"b"})

        assert await on.run(double, 2, worker=on["a"].metadata) == 4


async def test_a_long_task_is_not_silence() -> None:
    """A worker that has taken what it was given need not say anything more."""
    async with stage(wool.RoundRobinLoadBalancer(), "a", "b", "c") as on:
        long = asyncio.ensure_future(on.run(waits, worker=on["a"].metadata))
        async with unanswered(on, "b"):
            await on.until(lambda: on.ready == {"a", "c"})
            assert on.ran == {"a": 1}
    with pytest.raises(wool.WorkerLost):
        await long
