"""What the halves of a session are given to run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from enum import Enum
from typing import NamedTuple


class OnCancel(Enum):
    """What a routine does when it is cancelled."""

    OBEY = "obey"
    FAIL = "fail"
    SURVIVE = "survive"


class Plan(NamedTuple):
    """What a routine is to do: wait for each of *waits*, then return or fail."""

    waits: tuple[float, ...]
    on_cancel: OnCancel
    cleanup: float
    fails: bool


async def call(plan: Plan) -> str:
    """Do as *plan* says."""
    for wait in plan.waits:
        try:
            await asyncio.sleep(wait)
        except asyncio.CancelledError:
            await _react(plan)
    if plan.fails:
        raise ValueError("planned")
    return "done"


async def stream(plan: Plan) -> AsyncGenerator[int, object]:
    """Yield the number of each wait, as *plan* says."""
    try:
        for number, wait in enumerate(plan.waits):
            try:
                if wait:
                    await asyncio.sleep(wait)
                yield number
            except asyncio.CancelledError:
                await _react(plan)
            except KeyError:
                yield -1
        if plan.fails:
            raise ValueError("planned")
    finally:
        await asyncio.sleep(plan.cleanup)


async def _react(plan: Plan) -> None:
    await asyncio.sleep(plan.cleanup)
    if plan.on_cancel is OnCancel.OBEY:
        raise asyncio.CancelledError
    if plan.on_cancel is OnCancel.FAIL:
        raise ValueError("cancelled")


runs: list[str] = []
"""What has been noted, in this process."""


async def note(name: str) -> None:
    """Note that this run has begun."""
    runs.append(name)


async def count_cancellations() -> AsyncGenerator[int, object]:
    """Live through the cancellations of a step; yield how many its task still has on it."""
    task = asyncio.current_task()
    assert task is not None
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.gather(asyncio.sleep(0.1), return_exceptions=True)
    while True:
        yield task.cancelling()


async def length(data: bytes) -> int:
    """Return how long *data* is."""
    return len(data)
