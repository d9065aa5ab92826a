"""Wishes that a worker ends."""

from __future__ import annotations

import asyncio
import math
import threading

import pytest

from wool_worker.stopping import StopSignals


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stop(clock: Clock) -> StopSignals:
    return StopSignals(60.0, clock)


async def test_nothing_is_requested_at_first(stop: StopSignals) -> None:
    """A worker that nobody asked has no deadline."""
    waiting = asyncio.create_task(stop.requested())
    await asyncio.sleep(0)

    assert not stop.is_requested
    assert stop.deadline is None
    assert not waiting.done()
    waiting.cancel()


@pytest.mark.parametrize(("asked", "given"), [(None, 60.0), (5.0, 5.0), (0.0, 0.0), (-1.0, 0.0)])
async def test_request_tells_grace_and_reason(
    stop: StopSignals, asked: float | None, given: float
) -> None:
    """None stands for the configured grace; nothing is below zero."""
    stop.request(asked, "SIGTERM")

    request = await stop.requested()

    assert (request.grace, request.reason) == (given, "SIGTERM")
    assert stop.is_requested


async def test_request_wakes_who_waits(stop: StopSignals) -> None:
    """A request of another thread reaches the loop."""
    waiting = asyncio.create_task(stop.requested())
    await asyncio.sleep(0)

    thread = threading.Thread(target=stop.request, args=(1.0, "its parent asked"))
    thread.start()

    assert (await waiting).reason == "its parent asked"
    thread.join()


async def test_later_request_only_shortens(stop: StopSignals, clock: Clock) -> None:
    """The earliest end that anybody asked for holds."""
    stop.request(10.0, "first")
    clock.now += 4.0

    stop.request(60.0, "later")
    assert (await stop.requested()).grace == 6.0
    stop.request(1.0, "hurry")
    request = await stop.requested()

    assert (request.grace, request.reason) == (1.0, "hurry")
    assert stop.deadline is not None
    assert stop.deadline.remaining() == 1.0


async def test_over_returns_when_the_grace_is_over(stop: StopSignals) -> None:
    """Without grace it is over at once."""
    stop.request(0.0, "now")

    await asyncio.wait_for(stop.over(), 5)


async def test_over_waits_for_a_request(stop: StopSignals) -> None:
    """It is not over before it began."""
    over = asyncio.create_task(stop.over())
    await asyncio.sleep(0)
    assert not over.done()

    stop.request(0.0, "now")

    await asyncio.wait_for(over, 5)


@pytest.mark.parametrize("grace", [3600.0, math.inf])
async def test_over_returns_early_where_the_grace_is_shortened(
    stop: StopSignals, grace: float
) -> None:
    """A drain without limit still ends when somebody is in a hurry."""
    stop.request(grace, "slowly")
    waiters = [asyncio.create_task(stop.over()) for _ in range(3)]
    await asyncio.sleep(0)

    stop.request(7200.0, "no hurry")
    await asyncio.sleep(0)
    assert not any(waiter.done() for waiter in waiters)
    stop.request(0.0, "hurry")

    await asyncio.wait_for(asyncio.gather(*waiters), 5)


def test_request_after_the_loop_has_been_closed_is_harmless(stop: StopSignals) -> None:
    """A last signal while the process ends is no error."""
    stop.request(0.0, "first")
    asyncio.run(stop.over())

    stop.request(0.0, "again")


def test_request_before_there_is_a_loop_is_kept(stop: StopSignals) -> None:
    """A signal while modules are imported is not lost."""
    stop.request(2.0, "SIGTERM")

    assert asyncio.run(stop.requested()).grace == 2.0
