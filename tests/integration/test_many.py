"""Many calls at once, with a bound on what is in flight."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import aclosing

import call_routines as r
import pytest
from notes import note, noted, notes

import wool

pytestmark = pytest.mark.asyncio(loop_scope="session")


def most_at_once(log: str) -> int:
    """Return how many ran side by side at most."""
    steps = {"+": 1, "-": -1}
    return max(itertools.accumulate(steps[text] for text in notes(log)))


async def test_map_gives_results_in_order(two: wool.WorkerPool) -> None:
    """Results come in the order of the arguments."""
    with two.active():
        results = [result async for result in wool.map(r.square, range(50))]

    assert results == [number * number for number in range(50)]


async def test_map_takes_several_iterables(two: wool.WorkerPool) -> None:
    """It stops with the shortest of them."""
    with two.active():
        results = [result async for result in wool.map(r.add, [1, 2, 3], [10, 20])]

    assert results == [11, 22]


async def test_unordered_map_gives_what_is_ready(two: wool.WorkerPool, log: str) -> None:
    """A call that waits for another one does not hold that one's result up."""
    with two.active():
        results = wool.map(r.after, [["go"], []], [log, log], ["first", "second"], ordered=False)
        assert await anext(results) == "second"
        note(log, "go")
        assert [result async for result in results] == ["first"]


async def test_map_takes_endless_iterables(two: wool.WorkerPool) -> None:
    """Only as many arguments are taken as calls may be in flight."""
    taken = itertools.count()

    with two.active():
        async with aclosing(wool.map(r.square, taken, limit=4)) as results:
            async for result in results:
                if result == 100:
                    break

    assert next(taken) <= 11 + 4


async def test_map_bounds_what_is_in_flight(two: wool.WorkerPool, log: str) -> None:
    """No more than *limit* calls run side by side."""
    with two.active():
        results = wool.map(r.at_once, [log] * 20, range(20), limit=3, ordered=False)
        assert sorted([result async for result in results]) == list(range(20))

    assert most_at_once(log) <= 3


@pytest.mark.parametrize("ordered", [True, False])
async def test_map_raises_the_first_error(two: wool.WorkerPool, log: str, ordered: bool) -> None:
    """Calls in flight are cancelled, and have cleaned up when the error is raised."""
    with two.active():
        results = wool.map(r.square_or_fail, range(8), [log] * 8, limit=8, ordered=ordered)
        with pytest.raises(LookupError, match="no 3"):
            _ = [result async for result in results]

    assert _waits(log) == _cleaned(log)


def _waits(log: str) -> set[str]:
    return {text.split()[0] for text in notes(log) if text.endswith(" waits")}


def _cleaned(log: str) -> set[str]:
    return {text.split()[0] for text in notes(log) if text.endswith(" cleaned up")}


async def test_leaving_map_cancels_what_is_in_flight(two: wool.WorkerPool, log: str) -> None:
    """After an early break nothing runs on."""
    note(log, "begin")
    with two.active():
        calls = wool.map(r.square_or_fail, [0, 5, 6], [log] * 3)
        async with aclosing(calls) as results:
            async for _ in results:
                await noted(log, "5 waits", "6 waits")
                break

    assert _cleaned(log) == {"5", "6"}


async def test_gather_returns_results_in_order(two: wool.WorkerPool) -> None:
    """As asyncio.gather does, with a bound."""
    with two.active():
        assert await wool.gather(*(r.square(number) for number in range(30)), limit=4) == [
            number * number for number in range(30)
        ]
        assert await wool.gather() == []


async def test_gather_bounds_what_is_in_flight(two: wool.WorkerPool, log: str) -> None:
    """No more than *limit* calls run side by side."""
    with two.active():
        await wool.gather(*(r.at_once(log, 0) for _ in range(20)), limit=2)

    assert most_at_once(log) <= 2


async def test_gather_raises_the_first_error_at_once(two: wool.WorkerPool, log: str) -> None:
    """An error is raised though calls before it have not ended; these are cancelled."""

    async def call() -> None:
        with two.active():
            await wool.gather(
                r.wait_and_note(log, "first"), r.square_or_fail(3, log), r.square(1), limit=2
            )

    async with asyncio.timeout(10):
        with pytest.raises(LookupError, match="no 3"):
            await call()

    assert _waits(log) == _cleaned(log)


async def test_cancelling_gather_cancels_its_calls(two: wool.WorkerPool, log: str) -> None:
    """Whoever gives up the whole gives up its parts."""
    with two.active():
        gathering = asyncio.create_task(
            wool.gather(r.wait_and_note(log, "a"), r.wait_and_note(log, "b"))
        )
        await noted(log, "a waits", "b waits")
        gathering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gathering

    assert _cleaned(log) == {"a", "b"}


async def test_tasks_of_asyncio_do_as_well(two: wool.WorkerPool) -> None:
    """A TaskGroup and asyncio.gather need nothing of wool's."""
    with two.active():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(r.square(number)) for number in range(5)]
        gathered = await asyncio.gather(*(r.square(number) for number in range(5)))

    assert [task.result() for task in tasks] == gathered == [0, 1, 4, 9, 16]
