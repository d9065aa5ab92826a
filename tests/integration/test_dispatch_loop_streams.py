"""Generators are placed by the same loop as calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from balancers import Dispatching, Slow, Telling
from conversations import BROKEN, BUSY, Stage, stage, warned
from loop_routines import count, fussy

import wool
from wool.testing import Accept, Lose


async def nothing_runs(on: Stage) -> None:
    """Wait until no task is under way."""
    async with asyncio.timeout(5):
        while any(session.active for session in on.proxy.sessions()):
            await asyncio.sleep(0)


@pytest.mark.parametrize("prefetch", [0, 4])
async def test_a_generator_runs_where_the_balancer_said(prefetch: int) -> None:
    """Refusals are passed by; the balancer is told before the first value is asked for."""
    balancer = Telling()
    async with stage(balancer, "a", "b", "c") as on:
        on["a"].will(BUSY)
        on["b"].will(BROKEN)

        values = [value async for value in on.run(count, 5, prefetch=prefetch)]

        assert values == list(range(5))
        assert [type(told) for told in balancer.told] == [
            wool.WorkerBusy,
            wool.RpcError,
            wool.WorkerMetadata,
        ]
        assert balancer.seen == [["a", "b", "c"], ["a", "c"]]
        assert on.ran == {"c": 1}


async def test_all_ways_to_resume_work() -> None:
    """`asend`, `athrow` and `aclose` reach the generator."""
    async with stage(Telling(), "a") as on:
        numbers: Any = on.run(count, 100)
        assert await anext(numbers) == 0
        assert await numbers.asend(10) == 10
        await numbers.aclose()
        words: Any = on.run(fussy)
        assert await anext(words) == "calm"
        assert await words.athrow(ValueError("noisy")) == "noisy"
        await words.aclose()

        await nothing_runs(on)


async def test_a_lost_generator_is_never_tried_again() -> None:
    """It may have begun."""
    balancer = Telling()
    async with stage(balancer, "a", "b") as on:
        on["a"].will(Lose())

        with pytest.raises(wool.WorkerLost):
            await anext(on.run(count, 5))

        assert (balancer.told, balancer.closed, on.ran) == ([], 1, {})


async def test_a_generator_nobody_takes_fails_at_its_first_step() -> None:
    """NoWorkersAvailable tells why."""
    async with stage(Telling(), "a") as on:
        on["a"].will(BUSY)

        with pytest.raises(wool.NoWorkersAvailable, match="backpressure"):
            await anext(on.run(count, 5))


async def test_offering_again_closes_the_generator() -> None:
    """RuntimeError to the caller, and nothing is left on the worker."""

    class Insatiable:
        async def delegate(self, *, context: Any) -> AsyncGenerator[Any, Any]:
            while True:
                yield next(iter(context.workers))

    async with stage(Insatiable(), "a") as on:
        with pytest.raises(RuntimeError, match="must end once it is told so"):
            await anext(on.run(count, 5))

        await nothing_runs(on)


async def test_cancelling_while_success_is_noted_closes_the_generator() -> None:
    """No generator that was taken is left waiting on its worker."""
    balancer = Slow()
    async with stage(balancer, "a") as on:
        step = asyncio.ensure_future(anext(on.run(count, 5)))
        await balancer.waits.wait()

        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step

        await nothing_runs(on)
        assert balancer.closed == 1


async def test_cancelling_an_attempt_leaves_nothing_running() -> None:
    """A generator that was asked for and not accepted is withdrawn."""
    balancer = Telling()
    async with stage(balancer, "a") as on:
        on["a"].will(Accept(gate=asyncio.Event()))
        step = asyncio.ensure_future(anext(on.run(count, 5)))
        async with asyncio.timeout(5):
            while not on.proxy.sessions()[0].active:
                await asyncio.sleep(0)

        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step

        await nothing_runs(on)
        assert balancer.closed == 1


async def test_a_dispatching_balancer_passes_values_on() -> None:
    """The deprecated form streams too, past a worker that refuses."""
    async with warned(Dispatching(), "a", "b") as on:
        on["a"].will(BUSY)

        assert [value async for value in on.run(count, 4)] == [0, 1, 2, 3]
        numbers: Any = on.run(count, 100)
        assert await anext(numbers) == 0
        await numbers.aclose()

        await nothing_runs(on)
        assert on.ran == {"b": 1, "a": 1}
