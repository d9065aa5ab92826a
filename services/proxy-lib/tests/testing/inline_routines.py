"""Routines to run in place."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import UUID

import wool

MARK: contextvars.ContextVar[str] = contextvars.ContextVar("mark", default="unset")


@wool.routine
async def add(x: int, y: int = 1) -> int:
    return x + y


@wool.routine
async def extend(items: list[int]) -> list[int]:
    """Change the argument and return it."""
    items.append(len(items))
    return items


@wool.routine
async def echo(value: object) -> object:
    return value


@wool.routine
async def fail(text: str) -> None:
    raise ValueError(text)


@wool.routine
async def whoami() -> tuple[UUID, UUID | None, str, float | None]:
    task = wool.current_task()
    assert task is not None
    left = None if task.deadline is None else task.deadline.remaining()
    return task.id, task.caller, task.tag, left


@wool.routine
async def nested() -> tuple[UUID, UUID | None]:
    """Return the own id, and the caller of a nested call."""
    task = wool.current_task()
    assert task is not None
    _, caller, _, _ = await whoami()
    return task.id, caller


@wool.routine
async def nested_left() -> float | None:
    """Return the seconds a nested call has left."""
    return (await whoami.options(timeout=60)())[3]


@wool.routine
async def mark() -> str:
    """Return what the context variable was, and change it."""
    before = MARK.get()
    MARK.set("changed in the routine")
    return before


@wool.routine
async def unpicklable() -> object:
    return threading.Lock()


@wool.routine(tags="gpu")
async def on_gpu() -> str:
    return "on gpu"


@wool.routine
async def wait_for_ever() -> None:
    await asyncio.get_running_loop().create_future()


@wool.routine
async def lists() -> AsyncGenerator[list[int], list[int]]:
    """Yield one list again and again, with what was sent added to it."""
    items: list[int] = []
    while True:
        sent = yield items
        items.extend(sent or [0])


@dataclass
class Counter:
    """Counts on whatever copy of it there is."""

    count: int = 0

    @wool.routine
    async def more(self) -> int:
        self.count += 1
        return self.count
