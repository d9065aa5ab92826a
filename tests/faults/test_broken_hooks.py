"""A backpressure hook that misbehaves costs one task each time, and never the worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pytest
from dialling import described
from fault_routines import drip, echo
from waits import eventually, full, hurried

import wool


def raises(context: wool.BackpressureContext) -> bool:
    raise LookupError("no \udc80 luck")


def raises_at_length(context: wool.BackpressureContext) -> bool:
    raise LookupError("no " * 1_000_000)


def ends_the_process(context: wool.BackpressureContext) -> bool:
    raise SystemExit(3)


def interrupts(context: wool.BackpressureContext) -> bool:
    raise KeyboardInterrupt


def says_yes(context: wool.BackpressureContext) -> Any:
    return "yes"


def gives_a_number(context: wool.BackpressureContext) -> wool.Refusal:
    return wool.Refusal(reason=cast(Any, 5), retry_after=cast(Any, "soon"))


class Unchecked(wool.Refusal):
    """A refusal that takes whatever it is given."""

    def __post_init__(self) -> None:
        pass


def gives_what_cannot_be_sent(context: wool.BackpressureContext) -> wool.Refusal:
    return Unchecked("late", cast(Any, "soon"))


class Unsure:
    def __bool__(self) -> bool:
        raise LookupError("no luck")


def cannot_decide(context: wool.BackpressureContext) -> Any:
    return Unsure()


def gives_odd_text(context: wool.BackpressureContext) -> wool.Refusal:
    return wool.Refusal("no \udc80 luck")


class Needy:
    """A hook that somebody forgot to make an instance of."""

    def __init__(self, context: object) -> None:
        self.context = context


async def raises_later(context: wool.BackpressureContext) -> bool:
    await asyncio.sleep(0)
    raise LookupError("no luck")


async def cancels_itself(context: wool.BackpressureContext) -> bool:
    raise asyncio.CancelledError


async def exits_later(context: wool.BackpressureContext) -> bool:
    await asyncio.sleep(0)
    raise SystemExit(3)


async def never_answers(context: wool.BackpressureContext) -> bool:
    return await asyncio.get_running_loop().create_future()


def pool_with(hook: Callable[[wool.BackpressureContext], Any]) -> wool.WorkerPool:
    return wool.WorkerPool(size=1, worker=partial(wool.LocalWorker, backpressure=hook))


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        (raises, "LookupError: no"),
        (raises_later, "LookupError: no"),
        (raises_at_length, "LookupError: no no .*…"),
        (ends_the_process, "SystemExit: 3"),
        (exits_later, "SystemExit: 3"),
        (interrupts, "KeyboardInterrupt"),
        (cancels_itself, "CancelledError"),
        (says_yes, "TypeError: a hook answers True, False or a Refusal, not 'yes'"),
        (Needy, "TypeError: a hook answers True, False or a Refusal, not .*Needy object"),
        (cannot_decide, "LookupError: no luck"),
        (gives_a_number, "TypeError: reason"),
        (gives_what_cannot_be_sent, "TypeError: retry_after is a number of seconds"),
    ],
)
async def test_a_broken_hook_refuses_each_task(
    hook: Callable[[wool.BackpressureContext], Any], words: str
) -> None:
    """The caller hears that nobody took the task, and why; the worker is there again soon."""
    async with pool_with(hook) as pool:
        before = await full(pool, 1)
        async with asyncio.timeout(5):
            with pytest.raises(wool.NoWorkersAvailable, match=words):
                await echo(1)

        assert await full(pool, 1) == before


async def test_odd_text_of_a_hook_arrives_escaped() -> None:
    """What cannot be encoded is no reason to lose the session."""
    async with pool_with(gives_odd_text) as pool:
        before = await full(pool, 1)
        async with asyncio.timeout(5):
            with pytest.raises(wool.NoWorkersAvailable, match=r"no \\udc80 luck"):
                await echo(1)

        assert pool.workers == before


async def test_a_hook_that_never_answers_can_be_left() -> None:
    """Its callers can be cancelled or give up, the worker still answers, the pool can be left."""
    async with hurried(pool_with(never_answers)) as pool:
        (worker,) = await full(pool, 1)
        calls = [asyncio.create_task(echo(n)) for n in range(3)]
        begin = time.monotonic()
        with (
            wool.RuntimeContext(dispatch_timeout=0.2),
            pytest.raises(wool.NoWorkersAvailable, match="cancelled before the worker's"),
        ):
            await echo(4)

        for call in calls:
            call.cancel()
        await asyncio.wait(calls)

        assert all(call.cancelled() for call in calls)
        assert (await described(worker.address)).load.active == 0
        assert time.monotonic() - begin < 1.0


async def test_a_generator_can_be_left_before_the_hook_has_answered() -> None:
    """Closing it, or cancelling its first step, ends it at once, and nothing has run."""
    async with hurried(pool_with(never_answers)) as pool:
        (worker,) = await full(pool, 1)
        begin = time.monotonic()
        generator = drip("nobody")
        step = asyncio.ensure_future(anext(generator))
        await eventually(lambda: not step.done(), 1)

        step.cancel()
        await asyncio.wait([step])
        await generator.aclose()

        assert step.cancelled()
        assert (await described(worker.address)).load.active == 0
        assert time.monotonic() - begin < 1.0
