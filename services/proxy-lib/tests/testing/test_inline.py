"""Routines that run in place behave as on a worker."""

from __future__ import annotations

import asyncio
import threading
import traceback

import pytest
from inline_routines import (
    MARK,
    Counter,
    add,
    echo,
    extend,
    fail,
    lists,
    mark,
    nested,
    nested_left,
    on_gpu,
    unpicklable,
    wait_for_ever,
    whoami,
)

import wool
from wool.testing import inline


async def test_a_routine_runs_in_place() -> None:
    """Within `async with inline()` a call needs no pool."""
    async with inline():
        assert await add(1, y=2) == 3


def test_sync_code_can_use_it() -> None:
    """Within a plain `with`, routines run under any loop begun there."""
    with inline():
        assert asyncio.run(call_add()) == 3


async def call_add() -> int:
    return await add(1, 2)


async def test_after_the_block_no_pool_is_active() -> None:
    """Leaving the block puts back what was active before."""
    async with inline():
        pass

    with pytest.raises(wool.NoActivePool):
        await add(1, 2)


async def test_arguments_and_results_are_copies() -> None:
    """A routine that changes its argument changes a copy, and returns another."""
    items = [0]

    async with inline():
        result = await extend(items)

    assert items == [0]
    assert result == [0, 1]


async def test_the_instance_of_a_method_is_a_copy() -> None:
    """A method changes a copy of its instance."""
    counter = Counter()

    async with inline():
        assert await counter.more() == 1
        assert await counter.more() == 1

    assert counter.count == 0


async def test_an_argument_that_cannot_be_pickled_is_named() -> None:
    """What cannot cross to a worker cannot cross here."""
    async with inline():
        with pytest.raises(wool.SerializationError) as caught:
            await echo({"lock": threading.Lock()})

    assert caught.value.path == "args[0]['lock']"


async def test_a_result_that_cannot_be_pickled_fails_the_run() -> None:
    """The error is the routine's, so it tells the worker."""
    async with inline():
        with pytest.raises(wool.SerializationError) as caught:
            await unpicklable()

    assert caught.value.path == "result"
    assert isinstance(caught.value.__cause__, BaseException)


async def test_an_exception_ends_in_a_task_exception() -> None:
    """What is raised is a copy with its traceback, and a TaskException at its end."""
    async with inline():
        with pytest.raises(ValueError, match="no") as caught:
            await fail("no")

    told = caught.value.__cause__
    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert isinstance(told, wool.TaskException)
    assert (told.type, told.worker) == ("ValueError", "inline")
    assert told.traceback[0].startswith("Traceback")
    assert "inplace.py" not in "".join(told.traceback)
    assert frames[-1] == "fail"


async def test_the_task_is_known_to_the_routine() -> None:
    """`current_task` tells id, tag and caller, and nothing outside."""
    async with inline():
        own, seen_caller = await nested()
        _, caller, tag, left = await whoami()

    assert own == seen_caller
    assert caller is None
    assert tag.startswith("inline_routines.whoami:")
    assert left is None
    assert wool.current_task() is None


async def test_deadlines_shrink_along_nested_calls() -> None:
    """A nested call has no more time than its caller."""
    async with inline():
        left = await nested_left.options(timeout=30)()

    assert left is not None
    assert left <= 30


async def test_a_timeout_ends_the_run() -> None:
    """The `timeout` option works as with workers."""
    async with inline():
        with pytest.raises(TimeoutError):
            await wait_for_ever.options(timeout=0.01)()


async def test_cancelling_the_call_cancels_the_routine() -> None:
    """The routine gets the caller's cancellation."""
    async with inline():
        call = asyncio.create_task(wait_for_ever())
        await asyncio.sleep(0)
        call.cancel()

        with pytest.raises(asyncio.CancelledError):
            await call


async def test_context_variables_are_the_routine_s_own() -> None:
    """A routine neither sees nor changes what its caller has set."""
    token = MARK.set("set by the caller")

    async with inline():
        assert await mark() == "unset"
    assert MARK.get() == "set by the caller"

    MARK.reset(token)


async def test_a_function_of_the_test_travels_by_value() -> None:
    """What a local routine captured is a copy, kept from call to call as on a worker."""
    seen: list[int] = []

    @wool.routine
    async def note(number: int) -> int:
        seen.append(number)
        return len(seen)

    async with inline():
        await note(1)

    assert seen == []


async def test_yielded_and_sent_values_are_copies() -> None:
    """A generator's list and its caller's are not the same."""
    async with inline():
        generator = lists()
        first = await anext(generator)
        sent = [7]
        second = await generator.asend(sent)
        second.append(8)
        third = await anext(generator)
        await generator.aclose()

    assert (first, sent, third) == ([], [7], [7, 0])


async def test_prefetch_keeps_from_sending() -> None:
    """A generator that would run ahead cannot be sent to, as with workers."""
    async with inline():
        generator = lists.options(prefetch=4)()
        await anext(generator)

        with pytest.raises(RuntimeError, match="prefetch"):
            await generator.asend([1])


async def test_tags_select() -> None:
    """A routine that asks for tags runs where the worker carries one of them."""
    async with inline("gpu"):
        assert await on_gpu() == "on gpu"
    async with inline("cpu"):
        with pytest.raises(wool.NoWorkersAvailable):
            await on_gpu()


async def test_it_offers_what_a_pool_offers() -> None:
    """Code that is handed a pool can be handed this."""
    async with inline("gpu") as pool:
        (worker,) = pool.workers

        assert worker.tags == {"gpu"}
        assert await pool.run(add, 1, 2) == 3
        assert [items async for items in wool.map(add, [1, 2])] == [2, 3]
        assert await pool.broadcast(add, 1, 2) == {worker.uid: 3}


async def test_it_can_be_active_in_another_thread() -> None:
    """`pool.active()` serves where the context variable is not visible."""
    with inline() as pool:

        def elsewhere() -> int:
            with pool.active():
                return asyncio.run(call_add())

        assert await asyncio.to_thread(elsewhere) == 3


def test_a_tag_must_be_a_string() -> None:
    """A wrong tag is named."""
    with pytest.raises(TypeError, match="tag"):
        inline(3)  # pyright: ignore[reportArgumentType]
