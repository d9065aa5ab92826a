"""Balancers that dispatch by themselves still work, and never run a task twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from balancers import Dispatching, ordered
from conversations import BROKEN, BUSY, warned
from loop_routines import double, fails, waits

import wool
from wool.testing import Accept, Lose


async def test_it_is_asked_to_dispatch() -> None:
    """The result it passes on is the call's."""
    async with warned(Dispatching(), "a", "b") as on:
        assert await on.run(double, 2) == 4
        assert on.ran == {"a": 1}


async def test_refusals_are_raised_by_the_connection() -> None:
    """Transient ones as WorkerBusy, others as RpcError; it may leave the worker out."""
    balancer = Dispatching()
    async with warned(balancer, "a", "b", "c") as on:
        on["a"].will(BUSY)
        on["b"].will(BROKEN)

        assert await on.run(double, 2) == 4

        assert [type(exc) for exc in balancer.failures] == [wool.WorkerBusy, wool.RpcError]
        assert balancer.removed
        assert on.ready == {"a", "c"}


async def test_what_the_routine_raises_passes() -> None:
    """The original exception, with what the worker saw of it."""
    async with warned(Dispatching(), "a") as on:
        with pytest.raises(ValueError, match="on purpose") as caught:
            await on.run(fails, "on purpose")

        assert isinstance(caught.value.__cause__, wool.TaskException)


async def test_when_it_finds_nobody_the_error_tells_the_attempts() -> None:
    """An error without attempts is completed."""
    async with warned(Dispatching(), "a", "b") as on:
        for name in "ab":
            on[name].will(BUSY)

        with pytest.raises(wool.NoWorkersAvailable, match="nobody took it") as caught:
            await on.run(double, 2)

        assert {a.worker for a in caught.value.attempts} == {on["a"].uid, on["b"].uid}


async def test_cancelling_the_call_cancels_the_routine() -> None:
    """Nothing is left running."""
    async with warned(Dispatching(), "a") as on:
        call = asyncio.create_task(on.run(waits))
        async with asyncio.timeout(5):
            while not on["a"].tasks:
                await asyncio.sleep(0)

        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        assert on.proxy.sessions()[0].active == 0


class Eager:
    """Dispatches to every worker whatever comes of it."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    async def dispatch(
        self, task: Any, *, context: Any, timeout: float | None = None
    ) -> AsyncIterator[Any]:
        """Return the last stream."""
        stream: Any = None
        for worker in ordered(context):
            try:
                stream = await context.workers[worker].dispatch(task)
            except Exception as exc:  # noqa: BLE001 - as balancers do that should not
                self.errors.append(exc)
        if stream is None:
            raise self.errors[-1]
        return stream


async def test_a_task_that_was_taken_is_not_given_to_another_worker() -> None:
    """The second dispatch is refused; the first one's result counts."""
    balancer = Eager()
    async with warned(balancer, "a", "b") as on:
        assert await on.run(double, 2) == 4

        assert on.ran == {"a": 1}
        assert [type(exc) for exc in balancer.errors] == [RuntimeError]


async def test_a_task_that_was_lost_is_not_given_to_another_worker() -> None:
    """It may have run: each further attempt says so."""
    balancer = Eager()
    async with warned(balancer, "a", "b") as on:
        on["a"].will(Lose())

        with pytest.raises(wool.WorkerLost):
            await on.run(double, 2)

        assert on.ran == {}
        assert [type(exc) for exc in balancer.errors] == [wool.WorkerLost] * 2


async def test_the_time_for_being_accepted_is_handed_on() -> None:
    """`timeout` is what is left of dispatch_timeout."""
    given: list[Any] = []

    class Timed(Dispatching):
        def dispatch(self, task: Any, *, context: Any, timeout: float | None = None) -> Any:
            given.append(timeout)
            return super().dispatch(task, context=context, timeout=timeout)

    async with warned(Timed(), "a") as on:
        with wool.RuntimeContext(dispatch_timeout=30):
            await on.run(double, 1)
        on["a"].will(Accept(gate=asyncio.Event()))
        with wool.RuntimeContext(dispatch_timeout=0.05), pytest.raises(wool.WorkerLost):
            await on.run(double, 1)

    assert 29 < given[0] <= 30
    assert given[1] <= 0.05


@pytest.mark.parametrize("given", [None, 3, [1, 2]])
async def test_what_is_no_async_iterator_is_named(given: object) -> None:
    """TypeError shows what `dispatch` returned."""

    class Odd:
        def dispatch(self, task: Any, *, context: Any, timeout: float | None = None) -> object:
            return given

    async with warned(Odd(), "a") as on:
        with pytest.raises(TypeError, match=r"Odd\.dispatch must return an async iterator"):
            await on.run(double, 1)


async def test_one_that_ends_without_a_result_is_named() -> None:
    """RuntimeError says whose fault it is."""

    class Empty:
        async def dispatch(
            self, task: Any, *, context: Any, timeout: float | None = None
        ) -> AsyncIterator[Any]:
            for nothing in ():
                yield nothing

    async with warned(Empty(), "a") as on:
        with pytest.raises(RuntimeError, match=r"Empty\.dispatch ended without a result"):
            await on.run(double, 1)
