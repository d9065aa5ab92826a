"""However many tasks come at once, a worker takes as many as its hook allows."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest
from dialling import Stranger, described, idle, start, stranger
from programs import shell_worker
from rush_hooks import PLACES, hasten, most_at_once, stay

from wool_common import frames as f
from wool_common.errors import StatusCode
from wool_common.pickling.values import load

SESSIONS = 4
EACH = 250

HOOKS = [
    ("--max-tasks", str(PLACES)),
    ("--backpressure", "rush_hooks:sync_limit"),
    ("--backpressure", "rush_hooks:async_limit"),
    ("--backpressure", "rush_hooks:Limit"),
    ("--max-tasks", "900", "--backpressure", "rush_hooks:async_limit"),
]


async def answers(one: Stranger, count: int) -> list[f.WorkerFrame]:
    """Return what the worker says next to *count* tasks."""
    return [await one.hear(but=(f.Load, f.Accepted)) for _ in range(count)]


async def first_answers(one: Stranger) -> list[f.WorkerFrame]:
    """Send all tasks in one message; return the first answer to each."""
    await one.say(*(start(number + 1) for number in range(EACH)))
    return [await one.hear() for _ in range(EACH)]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook[-1])
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
async def test_a_thousand_arrivals_at_once(hook: tuple[str, ...], loop: str) -> None:
    """Over several sessions, as many are taken as there are places: no more, no fewer."""
    async with AsyncExitStack() as stack:
        address = stack.enter_context(shell_worker("--port", "0", "--loop", loop, *hook))
        ones = [await stack.enter_async_context(stranger(address)) for _ in range(SESSIONS)]
        for one in ones:
            await one.define(1, stay)

        heard = await asyncio.gather(*(first_answers(one) for one in ones))

        kinds = Counter(type(frame) for frames in heard for frame in frames)
        assert kinds == {f.Accepted: PLACES, f.Refused: SESSIONS * EACH - PLACES}
        codes = {x.code for frames in heard for x in frames if isinstance(x, f.Refused)}
        assert codes == {StatusCode.RESOURCE_EXHAUSTED}
        assert (await described(address)).load.active == PLACES


@pytest.mark.parametrize("hook", HOOKS[:3], ids=lambda hook: hook[-1])
async def test_places_are_taken_again_when_they_are_free(hook: tuple[str, ...]) -> None:
    """While tasks come and go the limit is never exceeded, and the count comes back to zero."""
    async with AsyncExitStack() as stack:
        address = stack.enter_context(shell_worker("--port", "0", *hook))
        ones = [await stack.enter_async_context(stranger(address)) for _ in range(SESSIONS)]

        async def rush(one: Stranger) -> list[f.WorkerFrame]:
            await one.define(1, hasten)
            for number in range(EACH):
                await one.say(start(number + 1))
            return await answers(one, EACH)

        heard = await asyncio.gather(*(rush(one) for one in ones))
        kinds = Counter(type(frame) for frames in heard for frame in frames)

        assert kinds.keys() <= {f.Returned, f.Refused}
        assert kinds[f.Returned] >= PLACES
        await idle(address)
        await ones[0].define(2, most_at_once)
        await ones[0].say(start(EACH + 1, callable=2))
        most = await ones[0].hear(but=(f.Load, f.Accepted))
        assert isinstance(most, f.Returned)
        assert isinstance(most.value, bytes)
        assert load(most.value) in range(1, PLACES + 1)


async def test_tasks_that_are_cancelled_on_arrival_are_not_counted() -> None:
    """A cancellation that overtakes the hook leaves no place occupied."""
    async with AsyncExitStack() as stack:
        flags = ("--backpressure", "rush_hooks:async_limit")
        address = stack.enter_context(shell_worker("--port", "0", *flags))
        one = await stack.enter_async_context(stranger(address))
        await one.define(1, stay)

        numbers = range(1, EACH + 1)
        for number in numbers:
            await one.say(start(number), f.Cancel(number))
        heard = await answers(one, EACH)

        assert {type(frame) for frame in heard} <= {f.Refused, f.Cancelled}
        refused = [x for x in heard if isinstance(x, f.Refused)]
        assert {x.reason for x in refused} <= {"cancelled", "backpressure"}
        await idle(address)
        await one.say(start(EACH + 1))
        assert await one.hear() == f.Accepted(EACH + 1)


async def test_sessions_that_end_leave_no_place_occupied() -> None:
    """A client that vanishes while the hook is asked takes its tasks along."""
    async with AsyncExitStack() as stack:
        flags = ("--backpressure", "rush_hooks:async_limit")
        address = stack.enter_context(shell_worker("--port", "0", *flags))
        for _ in range(5):
            async with stranger(address) as one:
                await one.define(1, stay)
                await one.say(*(start(number + 1) for number in range(EACH)))

        await idle(address)
        async with stranger(address) as one:
            await one.define(1, stay)
            frames = await first_answers(one)

        assert Counter(type(x) for x in frames)[f.Accepted] == PLACES
