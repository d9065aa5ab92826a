"""What the tests of traces have workers do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator

from span_facts import Fact, fact_of

import wool


@wool.routine
async def spans() -> list[Fact]:
    """Return the spans that the worker has kept, and forget them."""
    from spans_kept import KEPT

    found = [fact_of(span) for span in KEPT.get_finished_spans()]
    KEPT.clear()
    return found


@wool.routine
async def imported(name: str) -> bool:
    """Tell whether the worker has imported *name*."""
    return name in sys.modules


@wool.routine
async def echo(value: object) -> object:
    """Return *value*."""
    return value


@wool.routine
async def headers() -> dict[str, str]:
    """Return what came with the task."""
    task = wool.current_task()
    assert task is not None
    return dict(task.headers)


@wool.routine
async def headers_at(worker: str) -> dict[str, str]:
    """Return what came with a task that is called from here."""
    return await headers.options(worker=worker)()


@wool.routine
async def echo_at(value: object, worker: str) -> object:
    """Have another worker return *value*."""
    return await echo.options(worker=worker)(value)


@wool.routine
async def with_own_span(worker: str) -> object:
    """Make a span, and call another worker within."""
    from spans_kept import PROVIDER

    with PROVIDER.get_tracer("own").start_as_current_span("own"):
        return await echo.options(worker=worker)(1)


@wool.routine
async def fail() -> None:
    """Raise."""
    raise LookupError("as asked")


@wool.routine
async def rest(marker: str) -> None:
    """Sleep until cancelled, once there is a file called *marker*."""
    from pathlib import Path

    await asyncio.to_thread(Path(marker).touch)
    await asyncio.Event().wait()


@wool.routine
async def count(until: int) -> AsyncGenerator[int, None]:
    """Yield the numbers below *until*."""
    for number in range(until):
        yield number


@wool.routine
async def count_and_fail() -> AsyncGenerator[int, None]:
    """Yield one number and raise."""
    yield 0
    raise LookupError("as asked")
