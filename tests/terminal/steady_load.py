"""A load that goes on evenly: tasks that are short and long, that fail, and that are refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from typing import Final

import wool
from wool.runtime.worker.proxy import WorkerProxy

SECONDS: Final = (0.02, 0.07, 0.02, 0.02, 0.3, 0.02, 0.02, 0.07, 0.02, 0.02)
"""What tasks take, one after the other: the median, p95 and p99 lie well within a bucket each."""

FAILS: Final = 7
"""Every so many tasks one fails."""


@wool.routine
async def chore(seconds: float, fails: bool) -> None:
    """Take that long, and end well or not."""
    await asyncio.sleep(seconds)
    if fails:
        raise LookupError("as asked")


@wool.routine
async def unwelcome() -> None:
    """Be refused."""


def choosy(context: wool.BackpressureContext) -> bool | wool.Refusal:
    """Refuse what is unwelcome."""
    return wool.Refusal("unwelcome") if "unwelcome" in context.task.tag else False


class SteadyLoad:
    """Has each worker do so many chores a second, hold so many more, and refuse some."""

    def __init__(self, proxy: WorkerProxy) -> None:
        self._proxy = proxy

    @asynccontextmanager
    async def sent(
        self, chores: Mapping[str, float], *, held: int, refused: float
    ) -> AsyncGenerator[None]:
        """Send within the block: *chores* a second by worker, and what each refuses a second."""
        async with asyncio.TaskGroup() as group:
            senders = [
                group.create_task(sender)
                for uid, rate in chores.items()
                for sender in (
                    self._evenly(group, rate, self._chores(uid)),
                    self._evenly(group, refused, lambda uid=uid: self._refused(uid)),
                    *(self._one(uid, 600.0, False) for _ in range(held)),
                )
            ]
            try:
                yield
            finally:
                for sender in senders:
                    sender.cancel()

    async def _evenly(
        self, group: asyncio.TaskGroup, rate: float, make: Callable[[], Awaitable[None]]
    ) -> None:
        due = time.monotonic()
        while True:
            group.create_task(_awaited(make()))
            due += 1.0 / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _chores(self, uid: str) -> Callable[[], Awaitable[None]]:
        seconds, number = cycle(SECONDS), cycle(range(FAILS))
        return lambda: self._one(uid, next(seconds), next(number) == 0)

    async def _one(self, uid: str, seconds: float, fails: bool) -> None:
        with suppress(wool.WoolError, LookupError):
            await self._proxy.run(chore.options(worker=uid), seconds, fails)

    async def _refused(self, uid: str) -> None:
        with suppress(wool.WoolError):
            await self._proxy.run(unwelcome.options(worker=uid))


async def _awaited(call: Awaitable[None]) -> None:
    await call
