"""Call routines at a steady rate; tell what becomes of each call, and who is found and dropped."""

from __future__ import annotations

import asyncio
import json
import platform
import signal
import sys
import time
import warnings
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import wool
from wool.runtime.discovery.docker import DockerDiscovery

warnings.simplefilter("ignore", wool.InsecureWorkerWarning)

CERTIFICATES = Path("/certs")
SHORT, LONG = 0.03, 1.5


@wool.routine
async def where() -> str:
    return platform.node()


@wool.routine
async def work(number: int) -> tuple[int, list[str]]:
    """Return *number*, and in which containers it was worked on; now and then it takes long."""
    await asyncio.sleep(LONG if number % 10 == 5 else SHORT)
    others = [await where()] if number % 7 == 0 else []
    return number, [platform.node(), *others]


def tell(kind: str, **facts: Any) -> None:
    print(json.dumps({"kind": kind, "at": time.time(), **facts}), flush=True)


class Told:
    """Passes on what a subscriber tells, and tells of it."""

    def __init__(self, subscriber: Any) -> None:
        self._subscriber = subscriber

    def dialling(self, credentials: Any) -> Told:
        return Told(self._subscriber.dialling(credentials))

    async def __aiter__(self) -> AsyncGenerator[wool.DiscoveryEvent]:
        async for event in self._subscriber:
            worker = event.metadata
            tell("event", type=event.type, uid=worker.uid)
            yield event


def discovery(text: str) -> Any:
    """Return what *text* stands for: `docker:HOST:PORT` or `dns:NAME`."""
    way, _, place = text.partition(":")
    if way == "dns":
        return wool.DnsDiscovery(place)
    return DockerDiscovery(address=place)


def credentials() -> wool.WorkerCredentials | None:
    """Return what is to be shown, where that is mounted."""
    if not CERTIFICATES.is_dir():
        return None
    return wool.WorkerCredentials.from_files(
        ca_path=CERTIFICATES / "ca.pem",
        key_path=CERTIFICATES / "client-key.pem",
        cert_path=CERTIFICATES / "client.pem",
        identity="wool-worker",
    )


async def call(number: int) -> None:
    began = time.time()
    where: list[str] = []
    lost = ""
    try:
        answer, where = await work(number)
        outcome = "right" if answer == number else f"the answer of {answer}"
    except wool.WoolError as exc:
        outcome, lost = f"{type(exc).__name__}: {exc}", getattr(exc, "worker", "")
    tell("call", number=number, began=began, outcome=outcome, where=where, lost=lost)


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    period = 1 / float(sys.argv[2])
    begun: set[asyncio.Task[None]] = set()
    number = 0
    found = Told(discovery(sys.argv[1]).subscriber)
    async with wool.WorkerPool(discovery=found, credentials=credentials()):
        due = time.monotonic()
        while not stop.is_set():
            number += 1
            task = asyncio.create_task(call(number))
            begun.add(task)
            task.add_done_callback(begun.discard)
            due += period
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await asyncio.gather(*begun)
    tell("end", calls=number)


asyncio.run(main())
