"""Context managers are entered and left in one task, in good time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from wool.runtime.held import Held

Open = Callable[[], AbstractAsyncContextManager[str]]


def held(context: Open) -> Held[str]:
    return Held(context(), name="the thing")


async def test_entered_and_left_in_one_task() -> None:
    """Whichever tasks open and close it."""
    tasks: list[object] = []

    @asynccontextmanager
    async def context() -> AsyncGenerator[str]:
        tasks.append(asyncio.current_task())
        async with asyncio.timeout(60):  # to be left where it was entered
            yield "value"
        tasks.append(asyncio.current_task())

    thing = held(context)

    assert await asyncio.create_task(thing.open(5)) == "value"
    await asyncio.create_task(thing.aclose(5))
    await thing.aclose(5)

    assert tasks[0] is tasks[1]


async def test_what_entering_raises_passes() -> None:
    """It is the exception itself; there is nothing to close then."""
    error = KeyError("x")

    @asynccontextmanager
    async def context() -> AsyncGenerator[str]:
        raise error
        yield ""

    thing = held(context)

    with pytest.raises(KeyError) as caught:
        await thing.open(5)
    await thing.aclose(5)

    assert caught.value is error


async def test_entering_takes_no_longer_than_it_may() -> None:
    """It is cancelled, and cleans up."""
    log: list[str] = []

    @asynccontextmanager
    async def context() -> AsyncGenerator[str]:
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cleaned up")
        yield ""

    with pytest.raises(TimeoutError, match=r"the thing was not ready within 0\.01 s"):
        await held(context).open(0.01)

    assert log == ["cleaned up"]


async def test_opening_can_be_cancelled() -> None:
    """Nothing is left of it."""
    log: list[str] = []
    began = asyncio.Event()

    @asynccontextmanager
    async def context() -> AsyncGenerator[str]:
        try:
            began.set()
            await asyncio.Event().wait()
        finally:
            log.append("cleaned up")
        yield ""

    opening = asyncio.create_task(held(context).open(5))
    await began.wait()
    opening.cancel()

    with pytest.raises(asyncio.CancelledError):
        await opening
    assert log == ["cleaned up"]


async def test_leaving_takes_no_longer_than_it_may() -> None:
    """It is cancelled then."""
    log: list[str] = []

    @asynccontextmanager
    async def context() -> AsyncGenerator[str]:
        yield "value"
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cancelled")

    thing = held(context)
    await thing.open(5)

    await thing.aclose(0.01)

    assert log == ["cancelled"]


async def test_what_leaving_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever leaves has other things to see to."""

    @asynccontextmanager
    async def context() -> AsyncGenerator[str]:
        yield "value"
        raise OSError("the network is down")

    thing = held(context)
    await thing.open(5)
    with caplog.at_level(logging.WARNING, logger="wool"):
        await thing.aclose(5)

    assert "the thing was not left in good order" in caplog.text
    assert "the network is down" in caplog.text
