"""Workers under a load that is known."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import wool
from wool.runtime.worker.proxy import WorkerProxy
from wool_common.errors import WoolError

LIMIT: Final = 30.0
HERE: Final = Path(__file__).parent

WOOL: Final = (sys.executable, "-m", "wool.cli")


@wool.routine
async def nap(seconds: float) -> None:
    """Take that long."""
    await asyncio.sleep(seconds)


class Durable:
    """A worker that runs on its own."""

    def __init__(self, process: asyncio.subprocess.Process, address: str, uid: str) -> None:
        self.address = address
        self.uid = uid
        self._process = process

    def kill(self) -> None:
        """End it without another word."""
        self._process.kill()


@asynccontextmanager
async def durable(*flags: str) -> AsyncGenerator[Durable]:
    """Run a worker from the shell; it is killed in the end."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WOOL_")}
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool_worker", "--port", "0", *flags),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**kept, "WOOL_LOG_FORMAT": "json", "PYTHONPATH": path},
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(LIMIT):
            while (line := json.loads(await process.stderr.readline()))["event"] != "worker_ready":
                pass
        yield Durable(process, line["address"], line["worker"])
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


@asynccontextmanager
async def workers(number: int, *flags: str) -> AsyncGenerator[list[Durable]]:
    """Run several workers."""
    async with AsyncExitStack() as stack:
        yield list(
            await asyncio.gather(
                *(stack.enter_async_context(durable(*flags)) for _ in range(number))
            )
        )


class Load:
    """Sends naps to workers, so many a second to each, and remembers when each has ended."""

    def __init__(self, proxy: WorkerProxy, per_second: Mapping[str, float], nap: float) -> None:
        self._proxy = proxy
        self._per_second = per_second
        self._nap = nap
        self._ended: dict[str, deque[float]] = {uid: deque() for uid in per_second}

    def ended(self, uid: str, since: float, until: float) -> int:
        """Return how many tasks ended on that worker between two moments."""
        return sum(since <= at < until for at in self._ended[uid])

    @asynccontextmanager
    async def sent(self) -> AsyncGenerator[None]:
        """Send within the block."""
        async with asyncio.TaskGroup() as group:
            senders = [group.create_task(self._send(uid, group)) for uid in self._per_second]
            try:
                yield
            finally:
                for sender in senders:
                    sender.cancel()

    async def _send(self, uid: str, group: asyncio.TaskGroup) -> None:
        pause = 1.0 / self._per_second[uid]
        due = time.monotonic()
        while True:
            group.create_task(self._one(uid))
            due += pause
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _one(self, uid: str) -> None:
        with suppress(WoolError):
            await self._proxy.run(nap.options(worker=uid, timeout=10.0), self._nap)
            self._ended[uid].append(time.monotonic())
