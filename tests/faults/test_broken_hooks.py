"""A backpressure hook that misbehaves costs one task each time, and never the worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pytest
from dialling import described
from fault_routines import echo
from waits import full, hurried

import wool


def raises(context: wool.BackpressureContext) -> bool:
    raise LookupError("no \udc80 luck")


def gives_a_number(context: wool.BackpressureContext) -> wool.Refusal:
    return wool.Refusal(reason=cast(Any, 5), retry_after=cast(Any, "soon"))


def gives_what_cannot_be_sent(context: wool.BackpressureContext) -> wool.Refusal:
    return wool.Refusal("no \udc80 luck")


async def raises_later(context: wool.BackpressureContext) -> bool:
    await asyncio.sleep(0)
    raise LookupError("no luck")


async def never_answers(context: wool.BackpressureContext) -> bool:
    return await asyncio.get_running_loop().create_future()


def pool_with(hook: Callable[[wool.BackpressureContext], Any]) -> wool.WorkerPool:
    return wool.WorkerPool(size=1, worker=partial(wool.LocalWorker, backpressure=hook))


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        (raises, "LookupError: no"),
        (raises_later, "LookupError: no"),
        (gives_a_number, "TypeError: reason"),
    ],
)
async def test_a_broken_hook_refuses_each_task(
    hook: Callable[[wool.BackpressureContext], Any], words: str
) -> None:
    """Every caller hears that nobody took the task, and why; the session goes on."""
    async with pool_with(hook) as pool:
        before = await full(pool, 1)
        async with asyncio.timeout(5):
            for _ in range(2):
                with pytest.raises(wool.NoWorkersAvailable, match=words):
                    await echo(1)

        assert pool.workers == before


async def test_an_answer_that_cannot_be_sent_ends_the_session() -> None:
    """Nobody waits for ever because the worker fails to say something."""
    async with pool_with(gives_what_cannot_be_sent) as pool:
        before = await full(pool, 1)
        async with asyncio.timeout(5):
            for _ in range(2):
                with pytest.raises(wool.WorkerLost):
                    await echo(1)
                assert await full(pool, 1) == before


async def test_a_hook_that_never_answers_can_be_left() -> None:
    """Its callers can be cancelled, the worker still answers, and the pool can be left."""
    async with hurried(pool_with(never_answers)) as pool:
        (worker,) = await full(pool, 1)
        calls = [asyncio.create_task(echo(n)) for n in range(3)]
        with wool.RuntimeContext(dispatch_timeout=0.2), pytest.raises(wool.WorkerLost):
            await echo(4)
        begin = time.monotonic()

        for call in calls:
            call.cancel()
        await asyncio.wait(calls)

        assert all(call.cancelled() for call in calls)
        assert (await described(worker.address)).load.active == 0
        assert time.monotonic() - begin < 1.0
