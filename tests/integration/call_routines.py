"""Routines to call in every way."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from notes import note, noted

import wool

TRACE: ContextVar[str] = ContextVar("call_trace", default="unset")
COUNTER = [0]


@dataclass
class Point:
    """A value with a method that runs elsewhere."""

    x: int
    y: int = 0
    path: list[int] = field(default_factory=list[int])

    @wool.routine
    async def moved(self, by: int) -> Point:
        """Change the instance on the worker and return it."""
        self.path.append(self.x)
        self.x += by
        return self

    @classmethod
    @wool.routine
    async def origin(cls, name: str = "") -> tuple[str, Point]:
        return f"{cls.__name__}{name}", cls(0)

    @wool.routine
    @classmethod
    async def unit(cls) -> tuple[str, Point]:
        return cls.__name__, cls(1)

    @staticmethod
    @wool.routine
    async def add(x: int, y: int) -> int:
        return x + y

    @wool.routine
    @staticmethod
    async def subtract(x: int, y: int) -> int:
        return x - y


class Deep(Point):
    """Inherits routines, and calls one of them in its own."""

    @wool.routine
    async def moved(self, by: int) -> Point:  # pyright: ignore[reportIncompatibleVariableOverride]
        return await super().moved(by * 10)


@wool.routine
async def echo(value: object) -> object:
    return value


@wool.routine
async def add(x: int, y: int = 10, /, *rest: int, scale: int = 1, **named: int) -> int:
    """Take arguments of every kind."""
    return (x + y + sum(rest) + sum(named.values())) * scale


@wool.routine
async def append(items: list[object], item: object) -> list[object]:
    items.append(item)
    return items


@wool.routine
async def default_list(item: int, items: list[int] = []) -> list[int]:  # noqa: B006
    """Change a default, which the worker has a copy of."""
    items.append(item)
    return items


@wool.routine
async def apply(function: Callable[..., object], *args: object) -> object:
    return function(*args)


@wool.routine
async def counted() -> int:
    """Count in a global of the worker's own copy of this module."""
    COUNTER[0] += 1
    return COUNTER[0]


@wool.routine
async def pid() -> int:
    return os.getpid()


@wool.routine
async def pids(number: int) -> list[int]:
    """Return the processes that nested calls ran in."""
    return await wool.gather(*(pid() for _ in range(number)))


@wool.routine
async def fib(n: int) -> int:
    if n <= 1:
        return n
    async with asyncio.TaskGroup() as group:
        a = group.create_task(fib(n - 1))
        b = group.create_task(fib(n - 2))
    return a.result() + b.result()


@wool.routine
async def depth(n: int) -> int:
    """Call itself *n* times, each call within the one before."""
    return 0 if n == 0 else 1 + await depth(n - 1)


@wool.routine
async def whoami() -> tuple[UUID, UUID | None, str, float | None]:
    task = wool.current_task()
    assert task is not None
    left = None if task.deadline is None else task.deadline.remaining()
    return task.id, task.caller, task.tag, left


@wool.routine
async def family(generations: int) -> list[tuple[UUID, UUID | None]]:
    """Return id and caller of this task and of those below it."""
    task = wool.current_task()
    assert task is not None
    own = (task.id, task.caller)
    return [own] if generations == 0 else [own, *await family(generations - 1)]


@wool.routine
async def deadlines(generations: int) -> list[float | None]:
    """Return the seconds left to this task and to those below it."""
    task = wool.current_task()
    assert task is not None
    left = None if task.deadline is None else task.deadline.remaining()
    if generations == 0:
        return [left]
    await asyncio.sleep(0.01)
    return [left, *await deadlines.options(timeout=1000)(generations - 1)]


@wool.routine
async def nested_wait(log: str, generations: int) -> None:
    """Wait for ever, some calls below."""
    try:
        if generations:
            await nested_wait(log, generations - 1)
        note(log, "waits")
        await asyncio.get_running_loop().create_future()
    finally:
        note(log, f"cleaned up {generations}")


@wool.routine
async def dispatch_limit() -> float | None:
    """Return what limits the dispatch of calls made here."""
    return wool.RuntimeContext.get_current().dispatch_timeout


@wool.routine
async def nested_dispatch_limit() -> float | None:
    return await dispatch_limit()


@wool.routine
async def trace() -> str:
    """Return what the context variable was, and set it."""
    before = TRACE.get()
    TRACE.set("set by a routine")
    return before


@wool.routine
async def wait_and_note(log: str, text: str) -> None:
    """Wait for ever; note the start and the clean-up."""
    note(log, f"{text} waits")
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        note(log, f"{text} cleaned up")


@wool.routine
async def stubborn(log: str) -> str:
    """Return a result in spite of being cancelled."""
    note(log, "waits")
    try:
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        await asyncio.sleep(0.05)
    return "result"


@wool.routine
async def square(number: int) -> int:
    return number * number


@wool.routine
async def square_or_fail(number: int, log: str) -> int:
    if number == 3:
        raise LookupError(f"no {number}")
    if number > 3:
        await wait_and_note.local(log, str(number))
    return number * number


@wool.routine
async def after(others: list[str], log: str, name: str) -> str:
    """Return *name* once *others* were noted; note it."""
    await noted(log, *others)
    note(log, name)
    return name


@wool.routine
async def after_begun(log: str, awaited: str) -> str:
    """Note the start, and end once *awaited* was noted."""
    note(log, "began")
    await noted(log, awaited)
    return "done"


@wool.routine
async def at_once(log: str, most: int) -> int:
    """Return how many of these ran side by side, as far as notes tell."""
    note(log, "+")
    await asyncio.sleep(0.01)
    note(log, "-")
    return most


@wool.routine(timeout=0.2)
async def limited() -> None:
    await asyncio.get_running_loop().create_future()


@wool.routine(tags=["pair"])
async def paired() -> int:
    return os.getpid()


@wool.routine
async def stream(to: int) -> AsyncGenerator[int]:
    for number in range(to):
        yield number


async def undecorated() -> int:
    return 1
