"""A client of one worker, outside of any pool."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from loop_routines import count, double, fails, fussy, waits

import wool
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.worker.connection import WorkerConnection
from wool.testing import Accept, FakeWorker, Ignore, Lose, Refuse
from wool_common.errors import StatusCode


def task(routine: Callable[..., Any], *args: object) -> PlacedTask:
    """Return a task that calls *routine*."""
    return PlacedTask(key=os.urandom(16), tag="", callable=routine, args=args, kwargs={})


Test = Callable[[WorkerConnection, FakeWorker], Coroutine[Any, Any, None]]


def served(test: Test) -> Callable[[], Coroutine[Any, Any, None]]:
    """Hand *test* the way to a worker, and the worker; within the test, as it looks for leaks."""

    async def run() -> None:
        async with FakeWorker() as worker, WorkerConnection(worker.here.address) as connection:
            await test(connection, worker)

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def under_way(worker: FakeWorker, number: int) -> None:
    """Wait until *number* tasks are under way."""
    async with asyncio.timeout(5):
        while sum(session.active for session in worker.sessions) != number:
            await asyncio.sleep(0)


@served
async def test_a_call_has_one_result(connection: WorkerConnection, worker: FakeWorker) -> None:
    """It is iterated over once."""
    results = await connection.dispatch(task(double, 4))

    assert [value async for value in results] == [8]
    with pytest.raises(StopAsyncIteration):
        await anext(results)


@served
async def test_a_generator_is_driven_step_by_step(
    connection: WorkerConnection, worker: FakeWorker
) -> None:
    """Values, `asend`, `athrow` and `aclose` work as with the routine itself."""
    numbers = await connection.dispatch(task(count, 100))
    assert [await anext(numbers), await numbers.asend(10), await anext(numbers)] == [0, 10, 11]
    await numbers.aclose()
    words = await connection.dispatch(task(fussy))
    assert await anext(words) == "calm"
    assert await words.athrow(ValueError("noisy")) == "noisy"

    assert [value async for value in words] == []


@served
async def test_what_a_routine_raises_is_raised(
    connection: WorkerConnection, worker: FakeWorker
) -> None:
    """The original exception."""
    results = await connection.dispatch(task(fails, "on purpose"))

    with pytest.raises(ValueError, match="on purpose"):
        await anext(results)


@served
async def test_refusals_are_raised_as_they_are(
    connection: WorkerConnection, worker: FakeWorker
) -> None:
    """Transient ones as WorkerBusy, others as RpcError; the next task may be taken."""
    worker.will(
        Refuse(reason="full", retry_after=1.0), Refuse(code=StatusCode.INTERNAL, details="broken")
    )

    with pytest.raises(wool.WorkerBusy) as busy:
        await connection.dispatch(task(double, 1))
    with pytest.raises(wool.RpcError, match="broken"):
        await connection.dispatch(task(double, 1))

    assert (busy.value.reason, busy.value.retry_after) == ("full", 1.0)
    assert [v async for v in await connection.dispatch(task(double, 1))] == [2]


@served
async def test_a_lost_task_is_told(connection: WorkerConnection, worker: FakeWorker) -> None:
    """It may have run; the connection recovers."""
    worker.will(Lose())

    with pytest.raises(wool.WorkerLost):
        await connection.dispatch(task(double, 1))

    async with asyncio.timeout(5):
        assert [v async for v in await connection.dispatch(task(double, 1))] == [2]


@served
async def test_a_worker_that_does_not_answer_loses_the_task(
    connection: WorkerConnection, worker: FakeWorker
) -> None:
    """Nobody knows whether it has begun."""
    await connection.describe()
    worker.will(Ignore())

    with pytest.raises(wool.WorkerLost, match="did not accept"):
        await connection.dispatch(task(double, 1), timeout=0.2)


async def test_nobody_at_the_address_is_a_transient_error() -> None:
    """At once, and again each time; nothing was started."""
    async with WorkerConnection("unix:/nowhere/at/all") as connection, asyncio.timeout(10):
        for _ in range(2):
            with pytest.raises(wool.TransientRpcError):
                await connection.dispatch(task(double, 1))


@served
async def test_a_worker_that_goes_is_a_transient_error(
    connection: WorkerConnection, worker: FakeWorker
) -> None:
    """Dispatching neither hangs nor waits for ever."""
    assert [v async for v in await connection.dispatch(task(double, 1))] == [2]
    await worker.crash()

    async with asyncio.timeout(10):
        while True:  # until the news is here, it may take a task, and lose it
            try:
                await connection.dispatch(task(double, 1))
            except wool.TransientRpcError:
                return
            except wool.WorkerLost:
                await asyncio.sleep(0)


@served
async def test_a_draining_worker_takes_nothing(
    connection: WorkerConnection, worker: FakeWorker
) -> None:
    """It is a transient error: another one may do."""
    assert [v async for v in await connection.dispatch(task(double, 1))] == [2]
    worker.drain()

    with pytest.raises(wool.TransientRpcError):
        await connection.dispatch(task(double, 1))


@served
async def test_closing_results_cancels_the_task(
    connection: WorkerConnection, worker: FakeWorker
) -> None:
    """Also where nothing was asked for yet, and twice does no harm."""
    for routine in (waits, count):
        results = await connection.dispatch(task(routine, *([] if routine is waits else [3])))
        await results.aclose()
        await results.aclose()

    await under_way(worker, 0)


@served
async def test_dropping_results_cancels_the_task(
    connection: WorkerConnection, worker: FakeWorker
) -> None:
    """A task whose results nobody can get any more is not left running."""
    results = await connection.dispatch(task(waits))
    await under_way(worker, 1)

    del results
    gc.collect()

    await under_way(worker, 0)


@served
async def test_cancelling_whoever_waits_cancels_the_task(
    connection: WorkerConnection, worker: FakeWorker
) -> None:
    """Before it was accepted, and after."""
    results = await connection.dispatch(task(waits))
    waiting = asyncio.ensure_future(anext(results))
    worker.will(Accept(gate=asyncio.Event()))
    asking = asyncio.ensure_future(connection.dispatch(task(waits)))
    await under_way(worker, 2)

    for each in (waiting, asking):
        each.cancel()
    await asyncio.wait([waiting, asking])

    assert waiting.cancelled()
    assert asking.cancelled()
    await under_way(worker, 0)


@served
async def test_limit_bounds_what_is_under_way(other: WorkerConnection, worker: FakeWorker) -> None:
    """Others wait for their turn; ended, refused and closed ones make room."""
    async with WorkerConnection(other.target, limit=2) as connection:
        first = await connection.dispatch(task(waits))
        second = await connection.dispatch(task(count, 3))
        third = asyncio.ensure_future(connection.dispatch(task(double, 3)))
        await asyncio.sleep(0)
        await under_way(worker, 2)
        assert not third.done()

        await first.aclose()

        assert [v async for v in await third] == [6]
        await second.aclose()
        worker.will(*[Refuse()] * 3)
        for _ in range(3):
            with pytest.raises(wool.WorkerBusy):
                await connection.dispatch(task(double, 1))
        assert [v async for v in await connection.dispatch(task(double, 1))] == [2]


@served
async def test_it_tells_about_the_worker(connection: WorkerConnection, worker: FakeWorker) -> None:
    """`describe`, `idle` and `load`."""
    description = await connection.describe()

    assert description.metadata.uid == worker.uid
    assert description.metadata.address == connection.target
    assert await connection.idle() >= 0.0
    assert connection.load == (0, 0)


@served
async def test_it_stops_the_worker(connection: WorkerConnection, worker: FakeWorker) -> None:
    """The worker drains."""
    await connection.stop(grace=1.0)

    assert worker.draining


async def test_it_survives_another_worker_at_the_address() -> None:
    """After a restart the new worker is found, whatever its id."""
    async with FakeWorker(host="127.0.0.1") as first:
        assert first.address is not None
        port = int(first.address.rpartition(":")[2])
        connection = WorkerConnection(first.address)
        assert [v async for v in await connection.dispatch(task(double, 1))] == [2]
    async with FakeWorker(host="127.0.0.1", port=port) as second, asyncio.timeout(20):
        while True:
            try:
                results = await connection.dispatch(task(double, 2))
                break
            except wool.TransientRpcError:
                await asyncio.sleep(0.02)
        assert [v async for v in results] == [4]
        assert len(second.tasks) == 1
        await connection.close()


@served
async def test_once_closed_it_is_of_no_use(
    connection: WorkerConnection, worker: FakeWorker
) -> None:
    """RuntimeError says so; closing twice does nothing."""
    await connection.close()
    await connection.close()

    with pytest.raises(RuntimeError, match="is closed"):
        await connection.dispatch(task(double, 1))


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"target": "nowhere"}, ValueError, "no port"),
        ({"target": 7}, TypeError, "target is the address"),
        ({"target": "h:1", "limit": 0}, ValueError, "limit must be 1 or more"),
        ({"target": "h:1", "limit": "2"}, TypeError, "limit is a number of tasks"),
        ({"target": "h:1", "credentials": object()}, TypeError, "credentials must be"),
    ],
)
def test_bad_arguments_are_named(
    arguments: dict[str, Any], error: type[Exception], text: str
) -> None:
    """At construction."""
    with pytest.raises(error, match=text):
        WorkerConnection(**arguments)


@served
async def test_bad_requests_are_named(connection: WorkerConnection, worker: FakeWorker) -> None:
    """What is no task, and times that are none."""
    stranger: Any = wool.Task(key=b"0" * 16, tag="")

    with pytest.raises(TypeError, match="a task to dispatch has a callable"):
        await connection.dispatch(stranger)
    with pytest.raises(ValueError, match="timeout must be above 0"):
        await connection.dispatch(task(double, 1), timeout=0)
    with pytest.raises(ValueError, match="grace must not be negative"):
        await connection.stop(grace=-1)
