"""Dispatch a mix of routines for ever, check what comes back, and say every few seconds how it went."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import routines

import wool
from wool.runtime.discovery.docker import DockerDiscovery

LANES = int(os.environ.get("APP_LANES", "4"))
PAUSE = float(os.environ.get("APP_PAUSE", "0.02"))
REPORT = float(os.environ.get("APP_REPORT", "5"))
CERTIFICATES = os.environ.get("APP_CERTIFICATES", "/certs")
DISCOVERY = os.environ.get("APP_DISCOVERY", "discovery:50052")
METRICS_PORT = int(os.environ.get("APP_METRICS_PORT", "0"))

HEALTHY = Path("/tmp/dispatched")
"""Touched whenever a call has come back as it should; the health check looks at its age."""

RIGHT = "right"
TEXT = "the quick brown fox jumps over the lazy dog " * 200


async def square() -> bool:
    number = random.randrange(1000)
    return await routines.square(number) == number * number


async def primes() -> bool:
    return await routines.count_primes(30_000) == 3245


async def words() -> bool:
    return (await routines.count_words(TEXT))["the"] == 400


async def nap() -> bool:
    return await routines.nap(0.05) == 0.05


async def stream() -> bool:
    return [number async for number in routines.count_down(10)] == list(range(10, 0, -1))


async def nested() -> bool:
    return await routines.count_primes_apart([100, 1000, 10_000]) == [25, 168, 1229]


async def error() -> bool:
    try:
        await routines.divide(1, 0)
    except ZeroDivisionError:
        return True
    return False


MIX: dict[Callable[[], Awaitable[bool]], int] = {
    square: 50,
    primes: 10,
    words: 10,
    nap: 10,
    stream: 10,
    nested: 5,
    error: 5,
}


class Tally:
    """Counts how calls ended, and where they ran, since the last report."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.places: set[str] = set()

    def count(self, outcome: str) -> None:
        self.outcomes[outcome] += 1
        if outcome == RIGHT:
            HEALTHY.touch()

    def report(self) -> None:
        right = self.outcomes.pop(RIGHT, 0)
        line = {RIGHT: right, "else": dict(self.outcomes), "workers": len(self.places)}
        print(json.dumps(line), flush=True)
        self.outcomes.clear()
        self.places.clear()


async def dispatch(tally: Tally) -> None:
    """Make one call after the other."""
    while True:
        (call,) = random.choices(list(MIX), list(MIX.values()))
        try:
            outcome = RIGHT if await call() else f"{call.__name__} gave a wrong answer"
            tally.places.add(await routines.whereabouts())
        except wool.WoolError as exc:
            outcome = type(exc).__name__
            print(f"{call.__name__}: {outcome}: {exc}", flush=True)
        tally.count(outcome)
        await asyncio.sleep(PAUSE)


async def report(tally: Tally) -> None:
    while True:
        await asyncio.sleep(REPORT)
        tally.report()


@contextmanager
def measured() -> Iterator[None]:
    """Serve metrics, where a port was said, to whoever shares a network with this container."""
    if not METRICS_PORT:
        yield
        return
    import wool.metrics

    with wool.metrics.serve(METRICS_PORT, host="0.0.0.0"):
        yield


async def main() -> None:
    credentials = wool.WorkerCredentialsProvider.from_files(
        ca_path=f"{CERTIFICATES}/ca.pem",
        key_path=f"{CERTIFICATES}/key.pem",
        cert_path=f"{CERTIFICATES}/cert.pem",
        identity="wool-worker",
    )
    discovery = DockerDiscovery(address=DISCOVERY)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tally = Tally()
    pool = wool.WorkerPool(discovery=discovery, credentials=credentials)
    # What no lane expects ends them all, and the application.
    async with pool, asyncio.TaskGroup() as group:
        tasks = [group.create_task(dispatch(tally)) for _ in range(LANES)]
        tasks.append(group.create_task(report(tally)))
        await stop.wait()
        for task in tasks:
            task.cancel()
    tally.report()


if __name__ == "__main__":
    with measured():  # before pools are opened, so that all of their calls are counted
        asyncio.run(main())
