"""Async generators of every temper."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import AsyncGenerator
from contextvars import ContextVar

from notes import note

import wool

MARK: ContextVar[str] = ContextVar("generator_mark", default="unset")


@wool.routine
async def count(to: int) -> AsyncGenerator[int]:
    for number in range(to):
        yield number


@wool.routine
async def fib(n: int) -> AsyncGenerator[int]:
    a, b = 0, 1
    for _ in range(n):
        yield a
        a, b = b, a + b


@wool.routine
async def echo() -> AsyncGenerator[object, object]:
    """Yield what is sent."""
    said: object = "ready"
    while True:
        said = yield said


@wool.routine
async def catching() -> AsyncGenerator[str]:
    """Yield the text of what is thrown in."""
    said = "ready"
    while True:
        try:
            yield said
        except ValueError as exc:
            said = f"{type(exc).__name__}: {exc}"


@wool.routine
async def failing(after: int) -> AsyncGenerator[int]:
    for number in range(after):
        yield number
    raise LookupError("no more")


@wool.routine
async def raising(error: BaseException) -> AsyncGenerator[int]:
    yield 0
    raise error


@wool.routine
async def tidy(log: str, to: int = 3) -> AsyncGenerator[int]:
    """Note every step, and a clean-up that awaits."""
    try:
        for number in range(to):
            note(log, f"yields {number}")
            yield number
    finally:
        await asyncio.sleep(0)
        note(log, "cleaned up")


@wool.routine
async def answering(log: str) -> AsyncGenerator[str]:
    """Note the type of what is thrown in, and yield on."""
    while True:
        try:
            yield "ready"
        except Exception as exc:  # noqa: BLE001
            note(log, type(exc).__name__)
            yield "caught"


@wool.routine
async def replacing() -> AsyncGenerator[int]:
    """Raise another error for the one that is thrown in."""
    try:
        yield 0
    except ValueError as exc:
        raise LookupError("instead") from exc


@wool.routine
async def swallowing() -> AsyncGenerator[int]:
    """End on what is thrown in."""
    try:
        yield 0
    except ValueError:
        return


@wool.routine
async def ignoring_exit() -> AsyncGenerator[int]:
    """Yield where it should end."""
    try:
        yield 0
    except GeneratorExit:
        yield 1


@wool.routine
async def failing_at_exit(log: str) -> AsyncGenerator[int]:
    try:
        yield 0
    finally:
        note(log, "cleaned up")
        raise LookupError("in the clean-up")


@wool.routine
async def waiting(log: str) -> AsyncGenerator[int]:
    """Yield once, then wait for ever, and note the cancellation."""
    try:
        yield 0
        note(log, "waits")
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        note(log, "cancelled")
        raise
    finally:
        note(log, "cleaned up")


@wool.routine
async def waiting_at_once(log: str) -> AsyncGenerator[int]:
    """Wait for ever before the first value."""
    try:
        note(log, "waits")
        await asyncio.get_running_loop().create_future()
        yield 0
    finally:
        note(log, "cleaned up")


@wool.routine
async def stubborn(log: str) -> AsyncGenerator[str]:
    """Live through cancellations of a step."""
    yield "ready"
    for number in itertools.count():
        try:
            note(log, f"waits {number}")
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            note(log, "cancelled")
            yield "survived"


@wool.routine
async def slow_to_clean(log: str, seconds: float) -> AsyncGenerator[int]:
    """Take a while to clean up after a cancellation."""
    yield 0
    try:
        note(log, "waits")
        await asyncio.get_running_loop().create_future()
    finally:
        await asyncio.sleep(seconds)
        note(log, "cleaned up")


@wool.routine
async def limited(seconds: float) -> AsyncGenerator[str]:
    """Have one step run into a timeout that spans yields."""
    try:
        async with asyncio.timeout(seconds):
            yield "within"
            yield "still within"
            await asyncio.get_running_loop().create_future()
    except TimeoutError:
        yield "timed out"


@wool.routine
async def grouped() -> AsyncGenerator[int]:
    """Yield the results of tasks that run across yields."""

    async def square(number: int) -> int:
        await asyncio.sleep(0)
        return number * number

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(square(number)) for number in range(4)]
        for task in tasks:
            yield await task


@wool.routine
async def group_failing() -> AsyncGenerator[int]:
    """Wait for ever within a group whose task fails."""
    gate = asyncio.Event()

    async def fail() -> None:
        await gate.wait()
        raise LookupError("in the group")

    async with asyncio.TaskGroup() as group:
        group.create_task(fail())
        yield 0
        gate.set()
        await asyncio.get_running_loop().create_future()


@wool.routine
async def marking() -> AsyncGenerator[str]:
    """Set a context variable in one step and read it in the next."""
    MARK.set("set in the first step")
    yield MARK.get()
    yield MARK.get()


@wool.routine
async def tasks() -> AsyncGenerator[str]:
    """Yield the id of the task that runs each step."""
    for _ in range(2):
        task = wool.current_task()
        yield "none" if task is None else str(task.id)


@wool.routine
async def relayed(to: int) -> AsyncGenerator[int]:
    """Yield what another generator yields, from wherever that runs."""
    async for number in count(to):
        yield number * 10


@wool.routine
async def total(to: int) -> int:
    """Use a generator within a routine."""
    return sum([number async for number in count(to)])


@wool.routine
async def first_of(log: str) -> int:
    """Leave a generator early within a routine."""
    async for number in tidy(log, 100):
        return number
    return -1


@wool.routine
async def blocks(size: int, number: int) -> AsyncGenerator[bytes, bytes]:
    """Yield large values, and what was sent of them."""
    block = bytes(size)
    for _ in range(number):
        block = (yield block) or block


@wool.routine
async def unpicklable() -> AsyncGenerator[object]:
    yield 1
    yield threading.Lock()


@wool.routine
async def steps_taken(log: str, to: int) -> AsyncGenerator[int]:
    """Note each step before its value is wanted."""
    try:
        for number in range(to):
            note(log, f"step {number}")
            yield number
    finally:
        note(log, "cleaned up")


@wool.routine
async def one_then_wait(log: str) -> AsyncGenerator[int]:
    """Run into a wait that only a prefetching worker reaches."""
    try:
        yield 0
        note(log, "waits")
        await asyncio.get_running_loop().create_future()
    finally:
        note(log, "cleaned up")


@wool.routine
async def blocking(seconds: float) -> AsyncGenerator[int]:
    """Keep the whole loop busy in the second step."""
    yield 0
    time.sleep(seconds)
    yield 1


class Ladder:
    """Generators as methods of each kind."""

    def __init__(self, step: int) -> None:
        self.step = step

    @wool.routine
    async def climb(self, to: int) -> AsyncGenerator[int]:
        for number in range(to):
            yield number * self.step

    @classmethod
    @wool.routine
    async def named(cls) -> AsyncGenerator[str]:
        yield cls.__name__

    @wool.routine
    @staticmethod
    async def plain(to: int) -> AsyncGenerator[int]:
        for number in range(to):
            yield number
