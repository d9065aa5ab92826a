"""What the tests of logs have workers do."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator

import structlog

import wool

log = logging.getLogger("app.module")
events = structlog.get_logger()


@wool.routine
async def say(text: str) -> str:
    """Log *text* by `logging`, and return the id of the task."""
    log.info("saying %s", text)
    return _own_id()


@wool.routine
async def say_event(number: int) -> str:
    """Log an event by structlog, and return the id of the task."""
    events.info("counted", number=number)
    return _own_id()


@wool.routine
async def say_at(workers: list[str], text: str) -> str:
    """Log *text*, have the first of *workers* do so with the rest, and return the id."""
    log.info("saying %s", text)
    if workers:
        await say_at.options(worker=workers[0])(workers[1:], text)
    return _own_id()


@wool.routine
async def say_often(text: str, times: int) -> str:
    """Log *text* now and then, while others do so as well; also from a thread."""
    for _ in range(times):
        log.info("often %s", text)
        await asyncio.sleep(0)
        await asyncio.to_thread(log.info, "in a thread %s", text)
    return _own_id()


@wool.routine
async def count(text: str, until: int) -> AsyncGenerator[str, None]:
    """Log *text* at each step."""
    for _ in range(until):
        log.info("step %s", text)
        yield _own_id()


@wool.routine
async def say_with_more() -> None:
    """Log what can go wrong in a log."""
    log.warning("more", extra={"order": 7, "event": "mine", "task_kind": {"a": 1}})
    log.log(logging.WARNING + 3, "in between")
    log.info("not %d", "a number")
    try:
        raise LookupError("as asked")
    except LookupError:
        log.exception("failed")


@wool.routine
async def say_from_elsewhere() -> None:
    """Log from a thread that knows of no task."""
    thread = threading.Thread(target=log.info, args=("from elsewhere",))
    thread.start()
    await asyncio.to_thread(thread.join)


@wool.routine
async def fail() -> None:
    """Raise."""
    raise LookupError("as asked")


def _own_id() -> str:
    task = wool.current_task()
    assert task is not None
    return str(task.id)
