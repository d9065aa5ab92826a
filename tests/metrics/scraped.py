"""Read what is told to Prometheus, and workers that tell it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

HERE: Final = Path(__file__).parent
LIMIT: Final = 20.0

Samples = Counter[str]
"""Values by name and labels: `name{label=value,...}`, the labels in alphabetical order."""


def samples(text: str) -> Samples:
    """Return what *text* says."""
    found: Samples = Counter()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            key = f"{sample.name}{{{labels}}}" if labels else sample.name
            found[key] = sample.value  # pyright: ignore[reportArgumentType]
    return found


async def scraped(url: str) -> Samples:
    """Return what is told at *url* now."""
    return samples(await asyncio.to_thread(fetched, url))


def fetched(url: str) -> str:
    """Return the page at *url*."""
    with urllib.request.urlopen(url, timeout=LIMIT) as answer:
        return answer.read().decode()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """A `wool-worker` that was started from a shell."""

    def __init__(self, process: asyncio.subprocess.Process, address: str, url: str) -> None:
        self.process = process
        self.address = address
        self.url = url
        self.said: list[dict[str, Any]] = []

    async def event(self, name: str) -> dict[str, Any]:
        """Return the next line of the log that is about *name*."""
        assert self.process.stderr is not None
        async with asyncio.timeout(LIMIT):
            while line := await self.process.stderr.readline():
                self.said.append(json.loads(line))
                if self.said[-1]["event"] == name:
                    return self.said[-1]
        raise EOFError(f"{name} was not said, but {self.said}")


@asynccontextmanager
async def worker(
    folder: Path, *flags: str, port: int = 0, **variables: str
) -> AsyncGenerator[Program]:
    """Run a worker that serves metrics on *port*; 0 stands for any free one."""
    port = port or free_port()
    path = folder / f"{port}.sock"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WOOL_")}
    kept["PYTHONPATH"] = os.pathsep.join([str(HERE), kept.get("PYTHONPATH", "")])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool_worker", "--socket", str(path)),
        *("--metrics-port", str(port), *flags),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**kept, "WOOL_LOG_FORMAT": "json", **variables},
    )
    program = Program(process, f"unix:{path}", f"http://127.0.0.1:{port}/metrics")
    try:
        yield program
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
