"""
Call routines in every way that a dashboard tells apart, until standard input ends.

    python observed_app.py METRICS-PORT [DISCOVERY-ADDRESS]

Without an address it has workers of its own, which end under their tasks now and then.
"""

from __future__ import annotations

import asyncio
import math
import random
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import market

import wool
import wool.metrics
from wool.runtime.discovery.docker import DockerDiscovery

LANES: Final = 10
PAUSE: Final = 0.03
PERIOD: Final = 60.0
"""Seconds from one rush hour to the next."""


async def feed() -> None:
    async for _ in market.feed(10):
        pass


async def given_up() -> None:
    await market.fetch.options(timeout=0.01)(5.0)


MIX: Final[dict[Callable[[], Awaitable[Any]], int]] = {
    lambda: market.quote(random.randrange(1000)): 50,
    lambda: market.rank(random.randrange(500, 2500)): 10,
    lambda: market.fetch(random.expovariate(20)): 15,
    lambda: market.thumbnail(random.randbytes(random.choice([2_000, 20_000, 200_000]))): 8,
    lambda: market.report(random.randrange(2, 8)): 6,
    lambda: market.book(2): 3,
    feed: 5,
    given_up: 2,
    lambda: market.index(random.uniform(0.02, 0.12)): 1,
}


async def lane() -> None:
    """Make one call after the other, more of them in rush hours."""
    while True:
        (call,) = random.choices(list(MIX), list(MIX.values()))
        with suppress(LookupError, TimeoutError, wool.WoolError):
            await call()
        slowness = 1.0 + math.sin(2 * math.pi * time.monotonic() / PERIOD)
        await asyncio.sleep(random.expovariate(1 / PAUSE) * (1.0 + 2.0 * slowness))


async def crowds() -> None:
    """Ask for more at a time than workers let in."""
    while True:
        with wool.RuntimeContext(dispatch_timeout=0.2):
            asked = [market.fetch(0.4) for _ in range(60)]
            await asyncio.gather(*asked, return_exceptions=True)
        await asyncio.sleep(random.uniform(2, 8))


async def crashes() -> None:
    """Have a worker of this process' own end under its task."""
    async with wool.WorkerPool(size=2):
        while True:
            with suppress(wool.WoolError):
                await market.crash()
            await asyncio.sleep(random.uniform(5, 15))


async def visitors(address: str) -> None:
    """Come and go: applications that ask for workers, call once and leave."""
    while True:
        with suppress(wool.WoolError):
            async with wool.WorkerPool(discovery=DockerDiscovery(address=address, labels={})):
                await market.quote(1)
        await asyncio.sleep(random.uniform(3, 10))


async def market_day(address: str) -> None:
    """Use the workers that the discovery service at *address* has found."""
    found = DockerDiscovery(address=address, labels={})
    async with wool.WorkerPool(discovery=found), asyncio.TaskGroup() as group:
        for doing in (crowds(), visitors(address), *(lane() for _ in range(LANES))):
            group.create_task(doing)


async def main(address: str | None = None) -> None:
    """Call until standard input ends."""
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    calling = asyncio.create_task(crashes() if address is None else market_day(address))
    await asyncio.wait([ended, calling], return_when=asyncio.FIRST_COMPLETED)
    calling.cancel()
    with suppress(asyncio.CancelledError):
        await calling


if __name__ == "__main__":
    with wool.metrics.serve(int(sys.argv[1])):
        asyncio.run(main(*sys.argv[2:]))
