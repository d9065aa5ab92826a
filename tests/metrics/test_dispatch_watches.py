"""What applications may expect of the callbacks that `on_dispatch` calls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import metered_routines as r
import pytest

import wool
from wool import DispatchBegun, DispatchEnded, DispatchEvent, DispatchWatch, on_dispatch

Heard = list[DispatchEvent]


def ends(heard: Heard) -> list[tuple[str, str, type[object]]]:
    """Return the routine of each call that has ended, how it did, and in what."""
    return [
        (event.routine.rpartition(".")[2], event.outcome, type(event.error))
        for event in heard
        if isinstance(event, DispatchEnded)
    ]


NOTHING = type(None)


async def test_the_end_tells_what_the_call_ended_in() -> None:
    """What its caller gets raised; where its time was over, that it was cancelled."""
    heard: Heard = []

    async with wool.WorkerPool(size=1, respawn=False):
        with on_dispatch(heard.append):
            await r.echo(1)
            with pytest.raises(LookupError) as caught:
                await r.fail()
            with pytest.raises(LookupError):
                _ = [number async for number in r.count_and_fail()]
            with pytest.raises(TimeoutError):
                await r.rest.options(timeout=0.1)(60)
            with pytest.raises(wool.NoWorkersAvailable):
                await r.echo.options(tags="nobody")(1)
            with pytest.raises(wool.WorkerLost):
                await r.die()

    assert ends(heard) == [
        ("echo", "returned", NOTHING),
        ("fail", "raised", LookupError),
        ("count_and_fail", "raised", LookupError),
        ("rest", "cancelled", asyncio.CancelledError),
        ("echo", "refused", wool.NoWorkersAvailable),
        ("die", "lost", wool.WorkerLost),
    ]
    failed = heard[3]
    assert isinstance(failed, DispatchEnded)
    assert failed.error is caught.value


async def test_what_cannot_be_pickled_is_no_dispatch() -> None:
    """It went nowhere, so that nothing is told of it."""
    heard: Heard = []

    async with wool.WorkerPool(size=1):
        with on_dispatch(heard.append), pytest.raises(wool.SerializationError):
            await r.echo(threading.Lock())

    assert heard == []


async def test_generators_end_when_they_are_closed() -> None:
    """Between begin and end lies all that its consumer takes from it."""
    heard: Heard = []

    async with wool.WorkerPool(size=1):
        with on_dispatch(heard.append):
            numbers = r.count(9)
            assert heard == []  # nothing is sent before the first step
            assert await anext(numbers) == 0
            assert [type(event) for event in heard] == [DispatchBegun]
            await numbers.aclose()

    assert ends(heard) == [("count", "returned", NOTHING)]


async def test_nested_calls_are_told_where_they_are_made() -> None:
    """The caller of the outer routine hears of that alone; a worker hears of those it makes."""
    heard: Heard = []

    async with wool.WorkerPool(size=2):
        with on_dispatch(heard.append):
            await r.echo_there(1)
            told = await told_there()

    assert [name for name, _, _ in ends(heard)] == ["echo_there", "told_there"]
    assert told == ["DispatchBegun metered_routines.echo", "DispatchEnded metered_routines.echo"]


@wool.routine
async def told_there() -> list[str]:
    """Call a routine, and return what this worker was told of that."""
    heard: Heard = []
    with on_dispatch(heard.append):
        await r.echo(1)
    return [f"{type(event).__name__} {event.routine}" for event in heard]


async def test_calls_of_other_threads_are_told_there() -> None:
    """The callback is called on the thread of the call, at the same time on several."""
    heard: list[tuple[str, DispatchEvent]] = []

    def note(event: DispatchEvent) -> None:
        heard.append((threading.current_thread().name, event))

    async with wool.WorkerPool(size=1) as pool:

        async def several() -> None:
            with pool.active():
                await asyncio.gather(*(r.echo(number) for number in range(20)))

        with on_dispatch(note):
            threads = [
                threading.Thread(target=asyncio.run, args=[several()], name=name)
                for name in ("one", "other")
            ]
            for thread in threads:
                thread.start()
            await asyncio.gather(*(asyncio.to_thread(thread.join) for thread in threads))

    for name in ("one", "other"):
        mine = [event for where, event in heard if where == name]
        begun = {event.task for event in mine if isinstance(event, DispatchBegun)}
        assert {event.task for event in mine if isinstance(event, DispatchEnded)} == begun
        assert len(begun) == 20


async def test_several_are_told_in_order_until_each_is_closed() -> None:
    """One may close itself, or another, while it is told; what has begun is told to the end."""
    heard: list[str] = []

    def named(name: str) -> Callable[[DispatchEvent], None]:
        return lambda event: heard.append(f"{name} {type(event).__name__}")

    def close(event: DispatchEvent) -> None:
        first.close()
        closing.close()

    async with wool.WorkerPool(size=1):
        first, second = on_dispatch(named("first")), on_dispatch(named("second"))
        closing = on_dispatch(close)
        await r.echo(1)
        await r.echo(2)
        second.close()
        await r.echo(3)

    assert heard == [
        *("first DispatchBegun", "second DispatchBegun"),
        *("first DispatchEnded", "second DispatchEnded"),
        *("second DispatchBegun", "second DispatchEnded"),
    ]


async def test_the_same_callback_twice_is_two_watches() -> None:
    """Each is told, and closed, on its own."""
    heard: Heard = []

    async with wool.WorkerPool(size=1):
        with on_dispatch(heard.append) as one, on_dispatch(heard.append) as other:
            await r.echo(1)

    assert isinstance(one, DispatchWatch)
    assert one is not other
    assert len(heard) == 4


class Waiting:
    """Cannot be told of anything at once."""

    async def __call__(self, event: DispatchEvent) -> None:
        """Do nothing."""


def test_an_object_that_is_called_async_is_refused() -> None:
    """Nobody would await what it returns."""
    wrong: Any = Waiting()

    with pytest.raises(TypeError, match="plain function"):
        on_dispatch(wrong)
