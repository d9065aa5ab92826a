"""Workers that are started as from a shell."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from programs import environment

LIMIT = 20.0


class Durable:
    """A running `wool-worker`; *events* are the lines of its log so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []

    async def event(self, name: str) -> dict[str, Any]:
        """Return the next line of the log that is about *name*."""
        assert self.process.stderr is not None
        async with asyncio.timeout(LIMIT):
            while line := await self.process.stderr.readline():
                self.events.append(json.loads(line))
                if self.events[-1]["event"] == name:
                    return self.events[-1]
        raise EOFError(f"{name} was not said, but {self.events}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Wait for the end, and return the exit code; 128 + n stands for a signal."""
        async with asyncio.timeout(LIMIT):
            return await self.process.wait()


@asynccontextmanager
async def durable(
    *flags: str, cwd: Path | None = None, **variables: str
) -> AsyncGenerator[Durable]:
    """Run `wool-worker` with *flags* and *variables*; it is killed in the end."""
    kept = {k: v for k, v in environment().items() if not k.startswith("WOOL_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool_worker", *flags),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**kept, "WOOL_LOG_FORMAT": "json", **variables},
        cwd=cwd,
    )
    try:
        yield Durable(process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        _, rest = await process.communicate()
        print(rest.decode())


def refusal(*flags: str, cwd: Path | None = None, **variables: str) -> tuple[int, str]:
    """Run `wool-worker` with flags that it refuses; return exit code and what it says."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WOOL_")}
    done = subprocess.run(
        [sys.executable, "-m", "wool_worker", *flags],
        env={**kept, **variables},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr
