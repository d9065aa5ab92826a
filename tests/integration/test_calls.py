"""Calls of routines: what crosses, where they run, what they know."""

from __future__ import annotations

import asyncio
import functools
import inspect
from dataclasses import dataclass
from enum import Enum
from operator import itemgetter
from typing import NamedTuple

import call_routines as r
import pytest

import wool

pytestmark = pytest.mark.asyncio(loop_scope="session")


# ── arguments ─────────────────────────────────────────────────────────────────


async def test_arguments_of_every_kind(one: wool.WorkerPool) -> None:
    """Positional, default, variable and keyword arguments arrive as they were given."""
    assert await one.run(r.add, 1) == 11
    assert await one.run(r.add, 1, 2, 3, 4) == 10
    assert await one.run(r.add, 1, 2, scale=10) == 30
    assert await one.run(r.add, 1, 2, a=3, b=4, scale=2) == 20


async def test_arguments_are_copied(one: wool.WorkerPool) -> None:
    """A routine changes its own copy."""
    items: list[object] = [1]

    result = await one.run(r.append, items, 2)

    assert (items, result) == ([1], [1, 2])


async def test_what_arguments_share_stays_shared(one: wool.WorkerPool) -> None:
    """One object given twice arrives as one object."""
    shared = [1]

    first, second = await one.run(_pair, shared, shared)

    assert first is second
    assert first is not shared


@wool.routine
async def _pair(first: object, second: object) -> tuple[object, object]:
    return first, second


async def test_arguments_are_taken_when_the_call_is_awaited(one: wool.WorkerPool) -> None:
    """Nothing is sent, or copied, before the await."""
    items: list[object] = [1]
    call = one.run(r.append, items, 2)
    items.append("later")

    assert await call == [1, "later", 2]


async def test_missing_arguments_fail_as_they_do_locally(one: wool.WorkerPool) -> None:
    """A call that does not fit the signature is a TypeError that names the function."""
    with pytest.raises(TypeError, match=r"square\(\) missing 1 required positional argument"):
        await one.run(r.square)  # pyright: ignore[reportCallIssue]


class Color(Enum):
    RED = 1


class Pair(NamedTuple):
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class Frozen:
    value: object


@pytest.mark.parametrize(
    "value",
    [
        None,
        1 << 200,
        "ä" * 5000,
        b"x" * 300_000,
        [b"x" * 1_000_000, bytearray(b"y" * 1_000_000)],
        {1: {2: {3: [4, (5, {6})]}}},
        Color.RED,
        Pair(1, 2),
        Frozen([1, Frozen(None)]),
        float("inf"),
        complex(1, 2),
        frozenset({1, 2}),
        range(3),
        int,
        Frozen,
        len,
        itemgetter(1),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_values_come_back_equal(one: wool.WorkerPool, value: object) -> None:
    """What goes there and back is what it was."""
    back = await one.run(r.echo, value)

    assert type(back) is type(value)
    if not isinstance(value, itemgetter):
        assert back == value


# ── callables ─────────────────────────────────────────────────────────────────


async def test_functions_as_arguments(one: wool.WorkerPool) -> None:
    """Lambdas, closures, partials and functions defined in a function travel by value."""
    offset = 5

    def shifted(number: int) -> int:
        return number + offset

    assert await one.run(r.apply, lambda: 42) == 42
    assert await one.run(r.apply, shifted, 1) == 6
    assert await one.run(r.apply, functools.partial(shifted, 2)) == 7
    assert await one.run(r.apply, max, 3, 4) == 4


async def test_a_routine_may_be_a_closure(one: wool.WorkerPool) -> None:
    """What a local routine captured travels with it, and anew once it has changed."""
    factor = 2

    @wool.routine
    async def scaled(number: int) -> int:
        return number * factor

    assert await one.run(scaled, 21) == 42
    factor = 3
    assert await one.run(scaled, 21) == 63


async def test_a_routine_may_capture_another(two: wool.WorkerPool) -> None:
    """A by-value routine calls routines, itself included."""

    @wool.routine
    async def twice(number: int) -> int:
        return 2 * number

    @wool.routine
    async def power(exponent: int) -> int:
        return 1 if exponent == 0 else await twice(await power(exponent - 1))

    assert await two.run(power, 5) == 32


async def test_a_routine_may_be_an_argument(two: wool.WorkerPool) -> None:
    """A routine that arrives as an argument still dispatches."""

    @wool.routine
    async def call(routine: wool.Routine[[int], object], number: int) -> object:
        made = routine(number)
        assert inspect.isawaitable(made)
        return await made

    assert await two.run(call, r.square, 7) == 49


async def test_a_module_is_imported_once_on_a_worker(one: wool.WorkerPool) -> None:
    """Globals of an importable module last on the worker, and are its own."""
    first = await one.run(r.counted)

    assert await one.run(r.counted) == first + 1
    assert r.COUNTER == [0]


async def test_methods_of_every_kind(one: wool.WorkerPool) -> None:
    """Instance, class and static methods work, in either order of the decorators."""
    point = r.Point(1)

    moved = await one.run(point.moved, 5)

    assert (point.x, moved.x, moved.path) == (1, 6, [1])
    assert type(moved) is r.Point
    assert await one.run(r.Point.moved, point, 1) == r.Point(2, 0, [1])
    assert await one.run(r.Point.origin, name="!") == ("Point!", r.Point(0))
    assert await one.run(r.Point.unit) == ("Point", r.Point(1))
    assert await one.run(r.Point.add, 1, 2) == 3
    assert await one.run(r.Point.subtract, 1, 2) == -1


async def test_methods_called_where_a_pool_is_active(two: wool.WorkerPool) -> None:
    """The plain spelling works for methods too, inherited and overridden ones included."""
    deep = r.Deep(1)

    with two.active():
        assert (await r.Point(1).moved(5)).x == 6
        assert (await deep.moved(5)).x == 51
        assert await r.Deep.origin() == ("Deep", r.Deep(0))
        assert await deep.unit() == ("Deep", r.Deep(1))
        assert await deep.add(1, 2) == await r.Point.add(1, 2) == 3
        assert await deep.subtract(1, 2) == -1


async def test_it_looks_like_the_function_it_was() -> None:
    """Kind, name, signature and docstring stay."""
    assert inspect.iscoroutinefunction(r.add)
    assert inspect.iscoroutinefunction(r.Point.moved)
    assert (r.add.__name__, r.add.__qualname__, r.add.__module__) == (
        "add",
        "add",
        "call_routines",
    )
    assert r.add.__doc__ == "Take arguments of every kind."
    assert str(inspect.signature(r.add)) == str(inspect.signature(r.add.local))


# ── where they run ────────────────────────────────────────────────────────────


async def test_local_runs_here(one: wool.WorkerPool) -> None:
    """`local` is the plain function: same process, no copies."""
    items: list[object] = []

    result = await r.append.local(items, 1)

    assert result is items
    assert [number async for number in r.stream.local(2)] == [0, 1]


async def test_calls_take_turns(two: wool.WorkerPool) -> None:
    """Round robin: two calls, two processes."""
    seen = [await two.run(r.pid) for _ in range(4)]

    assert seen[0] != seen[1]
    assert seen[:2] == seen[2:]
    assert set(seen) == {worker.pid for worker in two.workers}


async def test_options_choose_the_worker(two: wool.WorkerPool) -> None:
    """`options(worker=)` takes what a worker is known by, or its id."""
    for worker in two.workers:
        assert await two.run(r.pid.options(worker=worker)) == worker.pid
        assert await two.run(r.pid.options(worker=worker.uid)) == worker.pid


async def test_options_choose_by_tags(one: wool.WorkerPool, two: wool.WorkerPool) -> None:
    """A call that asks for tags runs where one of them is, or nowhere."""
    assert await two.run(r.paired) in {worker.pid for worker in two.workers}
    assert await two.run(r.pid.options(tags={"other", "pair"})) > 0
    with pytest.raises(wool.NoWorkersAvailable, match="no worker in the pool matches"):
        await one.run(r.paired)
    with pytest.raises(wool.NoWorkersAvailable, match="no worker in the pool matches") as caught:
        await two.run(r.pid.options(worker="somebody"))
    assert {attempt.worker for attempt in caught.value.attempts} == {w.uid for w in two.workers}


async def test_broadcast_runs_once_on_every_worker(three: wool.WorkerPool) -> None:
    """Each worker's result comes under its id."""
    results = await three.broadcast(r.pid)

    assert results == {worker.uid: worker.pid for worker in three.workers}


async def test_a_failing_broadcast_raises_the_error_itself(two: wool.WorkerPool) -> None:
    """The first failure is raised as the routine raised it."""
    with pytest.raises(ZeroDivisionError) as caught:
        await two.broadcast(r.apply, lambda: 1 // 0)

    assert isinstance(caught.value.__cause__, wool.TaskException)


# ── nested ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["one", "three"])
async def test_routines_call_routines(
    name: str, one: wool.WorkerPool, three: wool.WorkerPool
) -> None:
    """Nested calls in a TaskGroup come to the right result, however many workers there are."""
    pool = {"one": one, "three": three}[name]

    assert await pool.run(r.fib, 10) == 55


async def test_nested_calls_spread_over_the_workers(three: wool.WorkerPool) -> None:
    """A routine's calls go to its peers as well as to its own worker."""
    seen: set[int] = set()

    async with asyncio.timeout(10):
        # A worker reaches its peers while it already dispatches to those that it has reached.
        while len(seen) < 3:
            seen.update(await three.run(r.pids, 12))

    assert seen == {worker.pid for worker in three.workers}


@pytest.mark.parametrize("name", ["one", "two"])
async def test_recursion_may_be_deep(name: str, one: wool.WorkerPool, two: wool.WorkerPool) -> None:
    """Hundreds of calls may wait for one another."""
    pool = {"one": one, "two": two}[name]

    assert await pool.run(r.depth, 400) == 400


# ── what a task knows ─────────────────────────────────────────────────────────


async def test_outside_of_routines_there_is_no_task(one: wool.WorkerPool) -> None:
    """`current_task` is None where no routine runs."""
    assert wool.current_task() is None


async def test_a_task_knows_itself_and_its_caller(two: wool.WorkerPool) -> None:
    """Ids are unique, and each caller is the task above."""
    generations = await two.run(r.family, 4)
    ids = [own for own, _ in generations]
    _, caller, tag, left = await two.run(r.whoami)

    assert len(set(ids)) == 5
    assert [above for _, above in generations] == [None, *ids[:-1]]
    assert tag.startswith("call_routines.whoami:")
    assert (caller, left) == (None, None)


async def test_deadlines_shrink_along_nested_calls(two: wool.WorkerPool) -> None:
    """No nested call has more time than its caller, whatever it asks for."""
    left = await two.run(r.deadlines.options(timeout=20), 3)

    assert len(left) == 4
    seconds = [each for each in left if each is not None]
    assert 20 >= seconds[0] > seconds[1] > seconds[2] > seconds[3] > 0


async def test_dispatch_limits_travel_along(two: wool.WorkerPool) -> None:
    """A RuntimeContext holds for nested calls too, and ends with its block."""
    with wool.RuntimeContext(dispatch_timeout=12.5):
        assert wool.RuntimeContext.get_current().dispatch_timeout == 12.5
        assert await two.run(r.nested_dispatch_limit) == 12.5

    assert wool.RuntimeContext.get_current().dispatch_timeout is None
    assert await two.run(r.nested_dispatch_limit) is None


async def test_context_variables_do_not_leak_between_tasks(one: wool.WorkerPool) -> None:
    """Each task has a context of its own."""
    token = r.TRACE.set("set by the caller")

    seen = [await one.run(r.trace), await one.run(r.trace)]

    assert seen == ["unset", "unset"]
    r.TRACE.reset(token)
