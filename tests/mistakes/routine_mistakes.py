"""Get routines wrong, and their calls."""

from __future__ import annotations

from mistake import Area, wrong
from settings import one_worker

DEFINING = Area(
    title="Defining routines",
    given="""\
import asyncio

import wool


def plain(a, b):
    return a + b


def yielding():
    yield 1


class Point:
    pass


@wool.routine
async def add(a, b):
    return a + b


@wool.routine
async def count(to):
    for number in range(to):
        yield number


@wool.routine
async def slow():
    await asyncio.sleep(60)
""",
    mistakes=(
        wrong(
            "a function that is not async",
            "wool.routine(plain)",
            "TypeError",
            "@wool.routine goes on an `async def` function",
            "the function plain, which is not async",
        ),
        wrong(
            "a generator that is not async",
            "wool.routine(yielding)",
            "TypeError",
            "an async generator function",
            "not on the generator function yielding",
        ),
        wrong(
            "a class",
            "wool.routine(Point)",
            "TypeError",
            "not on the class Point",
        ),
        wrong(
            "a value",
            "wool.routine(3)",
            "TypeError",
            "goes on an `async def` function",
            "not on 3",
        ),
        wrong(
            "an option that there is not",
            'wool.routine(tag="gpu")',
            "TypeError",
            "'tag'",
        ),
        wrong(
            "no time at all",
            "wool.routine(timeout=0)",
            "ValueError",
            "timeout must be above 0 seconds, not 0",
        ),
        wrong(
            "a time that is no number",
            'add.options(timeout="1s")',
            "TypeError",
            "timeout is a number of seconds, not '1s'",
        ),
        wrong(
            "a tag that is no text",
            "wool.routine(tags=[1])",
            "TypeError",
            "a tag is a non-empty string, not 1",
        ),
        wrong(
            "tags that are no texts",
            "add.options(tags=5)",
            "TypeError",
            "tags are strings, not 5",
        ),
        wrong(
            "a worker by its number",
            "add.options(worker=3)",
            "TypeError",
            "worker is a WorkerMetadata or its uid, not 3",
        ),
        wrong(
            "values ahead, less than none",
            "count.options(prefetch=-1)",
            "ValueError",
            "prefetch must be 0 or more values, not -1",
        ),
    ),
)

CALLING = Area(
    title="Calling routines",
    mistakes=(
        wrong(
            "no pool is open",
            "await add(1, 2)",
            "NoActivePool",
            "add was called where no pool is open",
            "async with wool.WorkerPool()",
            "await pool.run(add, ...)",
            "add.local(...)",
        ),
        wrong(
            "no pool is open where a generator is iterated over",
            "async for number in count(3): print(number)",
            "NoActivePool",
            "count was called where no pool is open",
        ),
        wrong(
            "the pool was not entered",
            "await wool.WorkerPool(size=1).run(add, 1, 2)",
            "NoActivePool",
            "this pool is not open",
            "use it within its block",
        ),
        wrong(
            "the pool is over",
            "async with wool.WorkerPool(size=1) as pool: pass\nawait pool.run(add, 1, 2)",
            "NoActivePool",
            "this pool is not open",
        ),
        wrong(
            "the pool is used again",
            "async with wool.WorkerPool(size=1) as pool: pass\nasync with pool: await add(1, 2)",
            "RuntimeError",
            "a WorkerPool is used once; make another one",
        ),
    ),
)

WITHIN = Area(
    title="Calling routines in a pool",
    words="""\
In these, `async with wool.WorkerPool("cpu", size=1) as pool` is around the call.""",
    setting=one_worker,
    mistakes=(
        wrong(
            "a function that is no routine",
            "await pool.run(plain, 1, 2)",
            "TypeError",
            "only a routine can run on a pool; put @wool.routine on",
            "plain",
        ),
        wrong(
            "an argument is missing",
            "await add(1)",
            "TypeError",
            "add() missing 1 required positional argument: 'b'",
        ),
        wrong(
            "no worker has the tag",
            'await add.options(tags="gpu")(1, 2)',
            "NoWorkersAvailable",
            "no worker in the pool",
            "gpu",
        ),
        wrong(
            "the worker is not there",
            'await add.options(worker="nobody")(1, 2)',
            "NoWorkersAvailable",
            "no worker in the pool matches the uid 'nobody'",
        ),
        wrong(
            "it takes longer than it may",
            "await slow.options(timeout=0.05)()",
            "TimeoutError",
            "slow took longer than its timeout, 0.05 s",
        ),
        wrong(
            "a value is sent to a generator that runs ahead",
            "numbers = count.options(prefetch=2)(3)\nawait anext(numbers)\nawait numbers.asend(1)",
            "RuntimeError",
            "asend needs a generator in lock-step",
            "prefetch=2",
        ),
    ),
)

MANY = Area(
    title="Many calls at a time",
    mistakes=(
        wrong(
            "nothing to go through",
            "wool.map(add)",
            "TypeError",
            "wool.map needs at least one iterable of arguments",
        ),
        wrong(
            "one argument in place of many",
            "wool.map(add, 3)",
            "TypeError",
            "iterables[0] is 3",
            "give the arguments of each call, such as a list of them",
        ),
        wrong(
            "no routine",
            "wool.map(3, [1, 2])",
            "TypeError",
            "routine must be one that returns a single value, not 3",
        ),
        wrong(
            "a routine that yields",
            "wool.map(count, [1, 2])",
            "TypeError",
            "routine must be one that returns a single value, not <function count",
        ),
        wrong(
            "none at a time",
            "wool.map(add, [1], [2], limit=0)",
            "ValueError",
            "limit must be 1 or more calls, not 0",
        ),
        wrong(
            "half a call at a time",
            "await wool.gather(add(1, 2), limit=1.5)",
            "TypeError",
            "limit is a number of calls, not 1.5",
        ),
        wrong(
            "a value in place of a call",
            "await wool.gather(add(1, 2), 3)",
            "TypeError",
            "calls must be awaitable; calls[1] is 3",
        ),
        wrong(
            "a routine that was not called",
            "await wool.gather(add)",
            "TypeError",
            "calls must be awaitable; calls[0] is add itself: call it, add(...)",
        ),
    ),
)

CONTEXTS = Area(
    title="Limits",
    mistakes=(
        wrong(
            "no time to find a worker",
            "wool.RuntimeContext(dispatch_timeout=0)",
            "ValueError",
            "dispatch_timeout must be above 0 seconds, not 0",
        ),
        wrong(
            "a time that is no number",
            'wool.RuntimeContext(dispatch_timeout="5")',
            "TypeError",
            "dispatch_timeout is a number of seconds, not '5'",
        ),
        wrong(
            "used again",
            "limits = wool.RuntimeContext(dispatch_timeout=5)\nwith limits: pass\nwith limits: pass",
            "RuntimeError",
            "a RuntimeContext is used once; make another one",
        ),
    ),
)
