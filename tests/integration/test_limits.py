"""Calls that are cancelled or run out of time."""

from __future__ import annotations

import asyncio

import call_routines as r
import pytest
from notes import noted, notes

import wool

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_cancelling_the_caller_cancels_the_routine(one: wool.WorkerPool, log: str) -> None:
    """Its `finally` has run when the caller goes on."""
    call = asyncio.create_task(one.run(r.wait_and_note, log, "it"))
    await noted(log, "it waits")

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert notes(log) == ["it waits", "it cleaned up"]


async def test_cancelling_reaches_the_last_of_nested_calls(two: wool.WorkerPool, log: str) -> None:
    """The innermost routine cleans up first, and the caller waits for all."""
    call = asyncio.create_task(two.run(r.nested_wait, log, 3))
    await noted(log, "waits")

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert notes(log) == ["waits", *(f"cleaned up {n}" for n in range(4))]


async def test_a_routine_may_live_through_a_cancellation(one: wool.WorkerPool, log: str) -> None:
    """One that returns all the same gives its result, as it would locally."""
    call = asyncio.create_task(one.run(r.stubborn, log))
    await noted(log, "waits")

    call.cancel()

    assert await call == "result"


async def test_a_timeout_around_a_call(one: wool.WorkerPool, log: str) -> None:
    """asyncio.timeout cancels the routine and raises TimeoutError."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await one.run(r.wait_and_note, log, "it")

    assert notes(log) == ["it waits", "it cleaned up"]


async def test_the_timeout_option(one: wool.WorkerPool, log: str) -> None:
    """A routine's own limit, or a call's, does the same."""
    with pytest.raises(TimeoutError):
        await one.run(r.limited)
    with pytest.raises(TimeoutError):
        await one.run(r.wait_and_note.options(timeout=0.1), log, "it")
    await noted(log, "it cleaned up")


async def test_a_deadline_ends_nested_calls(two: wool.WorkerPool, log: str) -> None:
    """The caller's limit ends what was called below."""
    with pytest.raises(TimeoutError):
        await two.run(r.nested_wait.options(timeout=0.3), log, 2)

    await noted(log, "cleaned up 0", "cleaned up 1", "cleaned up 2")


async def test_the_pool_stays_usable(one: wool.WorkerPool, log: str) -> None:
    """After many cancellations the worker answers as before."""
    for number in range(20):
        call = asyncio.create_task(one.run(r.wait_and_note, log, str(number)))
        if number % 2:
            await noted(log, f"{number} waits")
        else:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    assert await one.run(r.square, 3) == 9
    begun = {text.split()[0] for text in notes(log) if text.endswith("waits")}
    assert begun == {text.split()[0] for text in notes(log) if text.endswith("cleaned up")}


async def test_a_call_that_was_never_awaited_is_never_sent(one: wool.WorkerPool, log: str) -> None:
    """Closing the coroutine is all there is to do."""
    call = one.run(r.wait_and_note, log, "it")

    call.close()

    assert await one.run(r.square, 2) == 4
    assert notes(log) == []
