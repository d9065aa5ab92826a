"""Async generators behave the same, wherever they run."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing

import generator_routines as g
import pytest
from notes import noted, notes
from ways import Way, step

import wool

pytestmark = pytest.mark.asyncio(loop_scope="session")


# ── iteration ─────────────────────────────────────────────────────────────────


async def test_values_come_in_order(way: Way) -> None:
    """`async for` takes what is yielded, to the end."""
    assert [number async for number in way.stream(g.fib, 10)] == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]


async def test_a_generator_may_yield_nothing(way: Way) -> None:
    """An empty one ends the loop at once."""
    assert [number async for number in way.stream(g.count, 0)] == []


async def test_exhausted_is_exhausted(way: Way) -> None:
    """After the end every step ends at once, whatever is sent or thrown."""
    generator = way.stream(g.count, 1)
    assert await anext(generator) == 0

    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await anext(generator)
    with pytest.raises(StopAsyncIteration):
        await generator.asend(None)
    await generator.aclose()


async def test_anext_has_a_default(way: Way) -> None:
    """`anext` with a default returns it at the end."""
    assert await anext(way.stream(g.count, 0), "nothing") == "nothing"


async def test_methods_may_be_generators(way: Way) -> None:
    """Instance, class and static methods work, in either order of the decorators."""
    ladder = g.Ladder(3)

    assert [number async for number in way.stream(g.Ladder.climb, ladder, 3)] == [0, 3, 6]
    assert [number async for number in way.stream(g.Ladder.plain, 2)] == [0, 1]


async def test_large_values_cross_both_ways(way: Way) -> None:
    """Values above the size of a chunk are yielded and sent whole."""
    generator = way.stream(g.blocks, 3_000_000, 3)

    assert len(await anext(generator)) == 3_000_000
    assert await generator.asend(b"x" * 2_000_000) == b"x" * 2_000_000
    await generator.aclose()


async def test_it_looks_like_a_generator_function(way: Way) -> None:
    """The routine is an async generator function and returns an async generator."""
    generator: object = way.stream(g.count, 3)

    assert inspect.isasyncgenfunction(g.count)
    assert isinstance(generator, AsyncGenerator)
    assert inspect.isasyncgen(generator)
    assert list(inspect.signature(g.count).parameters) == ["to"]
    await generator.aclose()


async def test_a_value_that_cannot_be_pickled_ends_it(way: Way) -> None:
    """What cannot cross is an error of the step, and the generator is closed."""
    if way.is_local:
        pytest.skip("nothing is pickled")
    generator = way.stream(g.unpicklable)
    assert await anext(generator) == 1

    with pytest.raises(wool.SerializationError) as caught:
        await anext(generator)

    assert caught.value.path == "yielded"
    with pytest.raises(StopAsyncIteration):
        await anext(generator)


async def test_a_sent_value_that_cannot_be_pickled_ends_it(way: Way) -> None:
    """The caller is told what it cannot send, and the generator is closed."""
    if way.is_local:
        pytest.skip("nothing is pickled")
    generator = way.stream(g.echo)
    await anext(generator)

    with pytest.raises(wool.SerializationError) as caught:
        await generator.asend([threading.Lock()])

    assert caught.value.path == "sent[0]"
    with pytest.raises(StopAsyncIteration):
        await anext(generator)


# ── asend ─────────────────────────────────────────────────────────────────────


async def test_asend_resumes_with_a_value(way: Way) -> None:
    """What is sent is what `yield` returns; sending None is `anext`."""
    async with aclosing(way.stream(g.echo)) as generator:
        assert await generator.asend(None) == "ready"
        assert await generator.asend({"a": 1}) == {"a": 1}
        assert await generator.asend(None) is None
        assert await generator.asend(0) == 0
        assert await anext(generator) is None


async def test_a_value_cannot_be_sent_before_the_start(way: Way) -> None:
    """The first step takes nothing."""
    generator = way.stream(g.echo)

    with pytest.raises(TypeError, match="just-started"):
        await generator.asend(1)
    assert await anext(generator) == "ready"
    await generator.aclose()


# ── athrow ────────────────────────────────────────────────────────────────────


async def test_athrow_raises_at_the_yield(way: Way) -> None:
    """A generator may catch what is thrown in, and yield on."""
    async with aclosing(way.stream(g.catching)) as generator:
        assert await anext(generator) == "ready"
        assert await generator.athrow(ValueError("a")) == "ValueError: a"
        assert await generator.athrow(ValueError("b")) == "ValueError: b"
        assert await anext(generator) == "ValueError: b"


async def test_athrow_uncaught_ends_the_generator(way: Way) -> None:
    """What the generator does not catch comes back, and nothing follows."""
    generator = way.stream(g.catching)
    await anext(generator)

    with pytest.raises(KeyError, match="k"):
        await generator.athrow(KeyError("k"))
    with pytest.raises(StopAsyncIteration):
        await anext(generator)


async def test_athrow_may_raise_another_error(way: Way) -> None:
    """The generator's own error has the thrown one as its cause."""
    generator = way.stream(g.replacing)
    await anext(generator)

    with pytest.raises(LookupError, match="instead") as caught:
        await generator.athrow(ValueError("thrown"))

    assert isinstance(caught.value.__cause__, ValueError)


async def test_athrow_may_end_the_generator(way: Way) -> None:
    """A generator that returns on the thrown error ends the iteration."""
    generator = way.stream(g.swallowing)
    await anext(generator)

    with pytest.raises(StopAsyncIteration):
        await generator.athrow(ValueError("thrown"))


async def test_athrow_before_the_start(way: Way, log: str) -> None:
    """A generator that never began does not run, and is over."""
    generator = way.stream(g.tidy, log)

    with pytest.raises(ValueError, match="early"):
        await generator.athrow(ValueError("early"))

    with pytest.raises(StopAsyncIteration):
        await anext(generator)
    assert notes(log) == []


async def test_a_thrown_stop_becomes_a_runtime_error(way: Way) -> None:
    """StopAsyncIteration thrown in and not caught is an error of the generator."""
    generator = way.stream(g.count, 3)
    await anext(generator)

    with pytest.raises(RuntimeError, match="async generator raised StopAsyncIteration"):
        await generator.athrow(StopAsyncIteration())


# ── errors within ─────────────────────────────────────────────────────────────


async def test_an_error_ends_the_iteration(way: Way) -> None:
    """What a generator raises comes after what it yielded, and ends it."""
    generator = way.stream(g.failing, 2)
    assert [await anext(generator), await anext(generator)] == [0, 1]

    with pytest.raises(LookupError, match="no more"):
        await anext(generator)
    with pytest.raises(StopAsyncIteration):
        await anext(generator)


async def test_an_error_before_the_first_value(way: Way) -> None:
    """The first step may raise."""
    with pytest.raises(LookupError, match="no more"):
        await anext(way.stream(g.failing, 0))


@pytest.mark.parametrize("error", [StopAsyncIteration("x"), StopIteration("x")], ids=repr)
async def test_a_stop_within_becomes_a_runtime_error(way: Way, error: Exception) -> None:
    """A generator cannot end by raising a stop itself."""
    generator = way.stream(g.raising, error)
    await anext(generator)

    with pytest.raises(RuntimeError, match=f"async generator raised {type(error).__name__}"):
        await anext(generator)


async def test_a_system_exit_within_comes_to_the_caller(way: Way) -> None:
    """SystemExit ends the generator, not whatever runs it."""
    generator = way.stream(g.raising, SystemExit(3))
    await anext(generator)

    with pytest.raises(SystemExit) as caught:
        await anext(generator)

    assert caught.value.code == 3
    assert [number async for number in way.stream(g.count, 2)] == [0, 1]


# ── leaving ───────────────────────────────────────────────────────────────────


async def test_aclose_runs_the_clean_up(way: Way, log: str) -> None:
    """`finally` has run, with what it awaits, once aclose returns; again, it does nothing."""
    generator = way.stream(g.tidy, log)
    await anext(generator)

    await generator.aclose()
    await generator.aclose()

    assert notes(log) == ["yields 0", "cleaned up"]
    with pytest.raises(StopAsyncIteration):
        await anext(generator)


async def test_aclose_before_the_start(way: Way, log: str) -> None:
    """A generator that never began does not run."""
    generator = way.stream(g.tidy, log)

    await generator.aclose()

    with pytest.raises(StopAsyncIteration):
        await anext(generator)
    assert notes(log) == []


async def test_break_within_aclosing_runs_the_clean_up(way: Way, log: str) -> None:
    """Leaving the loop early stops the generator where it is."""
    async with aclosing(way.stream(g.tidy, log, 10)) as generator:
        async for number in generator:
            if number == 1:
                break

    assert notes(log) == ["yields 0", "yields 1", "cleaned up"]


async def test_a_plain_break_runs_the_clean_up_soon(way: Way, log: str) -> None:
    """A generator that nobody holds any more is closed by the event loop."""
    async for number in way.stream(g.tidy, log, 10):
        if number == 1:
            break

    gc.collect()
    await noted(log, "cleaned up")
    assert notes(log) == ["yields 0", "yields 1", "cleaned up"]


async def test_an_unfinished_generator_is_closed_once_it_is_garbage(way: Way, log: str) -> None:
    """One in a reference cycle is closed when that is collected."""
    generator = way.stream(g.tidy, log)
    await anext(generator)
    cycle: list[object] = [generator]
    cycle.append(cycle)

    del cycle, generator
    gc.collect()

    await noted(log, "cleaned up")


async def test_a_generator_that_yields_at_its_end_is_told(way: Way) -> None:
    """Ignoring GeneratorExit is a RuntimeError of aclose."""
    generator = way.stream(g.ignoring_exit)
    await anext(generator)

    with pytest.raises(RuntimeError, match="ignored GeneratorExit"):
        await generator.aclose()


async def test_an_error_in_the_clean_up_comes_out_of_aclose(way: Way, log: str) -> None:
    """What `finally` raises, aclose raises."""
    generator = way.stream(g.failing_at_exit, log)
    await anext(generator)

    with pytest.raises(LookupError, match="in the clean-up"):
        await generator.aclose()

    assert notes(log) == ["cleaned up"]


async def test_an_error_of_the_loop_body_runs_the_clean_up(way: Way, log: str) -> None:
    """The caller's own error leaves the generator too."""

    async def divide() -> None:
        async with aclosing(way.stream(g.tidy, log)) as generator:
            async for number in generator:
                _ = 1 // number

    with pytest.raises(ZeroDivisionError):
        await divide()

    assert notes(log) == ["yields 0", "cleaned up"]


# ── several at once ───────────────────────────────────────────────────────────


async def test_two_generators_interleave(way: Way) -> None:
    """Generators of the same routine know nothing of one another."""
    one, other = way.stream(g.fib, 6), way.stream(g.fib, 6)

    taken = [(await anext(one), await anext(other)) for _ in range(3)]
    ahead = [number async for number in one]
    behind = [number async for number in other]

    assert taken == [(0, 0), (1, 1), (1, 1)]
    assert ahead == behind == [2, 3, 5]


async def test_many_generators_run_side_by_side(way: Way) -> None:
    """Each of many iterations gets all of its values."""

    async def summed(to: int) -> int:
        return sum([number async for number in way.stream(g.count, to)])

    sums = await asyncio.gather(*(summed(to) for to in range(20)))

    assert sums == [to * (to - 1) // 2 for to in range(20)]


async def test_a_generator_takes_one_step_at_a_time(way: Way, log: str) -> None:
    """A second step while one runs is a RuntimeError, and disturbs nothing."""
    generator = way.stream(g.waiting, log)
    await anext(generator)
    running = asyncio.create_task(step(generator)())
    await noted(log, "waits")

    with pytest.raises(RuntimeError, match="already running"):
        await anext(generator)
    with pytest.raises(RuntimeError, match="already running"):
        await generator.aclose()

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert notes(log) == ["waits", "cancelled", "cleaned up"]


# ── nested ────────────────────────────────────────────────────────────────────


async def test_a_routine_iterates_over_a_generator(way: Way) -> None:
    """A generator can be used within a routine."""
    if way.is_local:
        pytest.skip("a routine that calls routines needs a pool")

    assert await way.call(g.total, 10) == 45


async def test_a_generator_iterates_over_a_generator(way: Way) -> None:
    """A generator's values may be made from another's."""
    if way.is_local:
        pytest.skip("a routine that calls routines needs a pool")

    assert [number async for number in way.stream(g.relayed, 4)] == [0, 10, 20, 30]


async def test_a_routine_leaves_a_generator(way: Way, log: str) -> None:
    """Returning out of a loop closes the nested generator soon."""
    if way.is_local:
        pytest.skip("a routine that calls routines needs a pool")

    assert await way.call(g.first_of, log) == 0

    gc.collect()
    await noted(log, "cleaned up")
    assert notes(log) == ["yields 0", "cleaned up"]


# ── cancellation and time ─────────────────────────────────────────────────────


async def test_cancelling_a_step_cancels_the_generator(way: Way, log: str) -> None:
    """Its `finally` has run when the caller goes on, and it is over."""
    generator = way.stream(g.waiting, log)
    await anext(generator)
    running = asyncio.create_task(step(generator)())
    await noted(log, "waits")

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert notes(log) == ["waits", "cancelled", "cleaned up"]
    with pytest.raises(StopAsyncIteration):
        await anext(generator)


async def test_cancelling_the_first_step(way: Way, log: str) -> None:
    """A generator may be cancelled before it has yielded anything."""
    running = asyncio.create_task(step(way.stream(g.waiting_at_once, log))())
    await noted(log, "waits")

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert notes(log) == ["waits", "cleaned up"]


async def test_a_timeout_around_a_step_cancels_the_generator(way: Way, log: str) -> None:
    """asyncio.timeout ends in TimeoutError, after the clean-up."""
    generator = way.stream(g.waiting, log)
    await anext(generator)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await anext(generator)

    assert notes(log) == ["waits", "cancelled", "cleaned up"]


async def test_the_caller_waits_for_the_clean_up(way: Way, log: str) -> None:
    """A cancelled step lasts as long as the generator cleans up."""
    generator = way.stream(g.slow_to_clean, log, 0.4)
    await anext(generator)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await anext(generator)

    assert notes(log) == ["waits", "cleaned up"]


async def test_a_generator_may_live_through_a_cancellation(way: Way, log: str) -> None:
    """One that yields on CancelledError goes on, and the step has its value."""
    generator = way.stream(g.stubborn, log)
    assert await anext(generator) == "ready"

    for number in range(2):
        running = asyncio.create_task(step(generator)())
        await noted(log, f"waits {number}")
        running.cancel()
        assert await running == "survived"

    await generator.aclose()


async def test_a_timeout_may_span_yields(way: Way) -> None:
    """A limit set within the generator ends the step that runs into it."""
    generator = way.stream(g.limited, 0.2)

    assert [value async for value in generator] == ["within", "still within", "timed out"]


async def test_a_task_group_may_span_yields(way: Way) -> None:
    """Tasks begun in one step may be awaited in another."""
    assert [number async for number in way.stream(g.grouped)] == [0, 1, 4, 9]


async def test_a_task_group_may_fail_in_a_step(way: Way) -> None:
    """A group's failure comes out of the step as an ExceptionGroup."""
    generator = way.stream(g.group_failing)
    await anext(generator)

    with pytest.raises(ExceptionGroup) as caught:
        await anext(generator)

    assert caught.group_contains(LookupError, match="in the group")


async def test_context_variables_last_across_yields(way: Way) -> None:
    """What a generator sets in one step it finds in the next."""

    async def marks() -> list[str]:
        return [mark async for mark in way.stream(g.marking)]

    assert await asyncio.create_task(marks()) == ["set in the first step"] * 2


async def test_all_steps_are_one_task(way: Way) -> None:
    """`current_task` is the same in every step."""
    first, second = [task async for task in way.stream(g.tasks)]

    assert first == second
    assert (first == "none") is way.is_local
