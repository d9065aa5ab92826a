"""Run programs on the machines of a small network."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from netns import Machine

SCRIPTS: Final = Path(__file__).parent / "scripts"

SECONDS: Final = 20.0
"""What any line may take, also where many tests run at once."""

LIFETIME: Final = 3
"""Seconds for which announcements hold in these tests."""


class Program:
    """A program on one of the machines, of which every line is awaited."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> str:
        """Return the next line it writes; TimeoutError where there is none."""
        assert self._process.stdout is not None
        async with asyncio.timeout(SECONDS):
            return (await self._process.stdout.readline()).decode().strip()

    async def event(self) -> list[str | int]:
        """Return the next line, which is JSON, as it is."""
        return json.loads(await self.line())

    def tell(self, line: str = "") -> None:
        """Write *line* to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    async def kill(self) -> None:
        """Kill it with no chance to say good-bye."""
        self._process.kill()
        await self._process.wait()

    async def leave(self) -> None:
        """Have it end by itself."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        async with asyncio.timeout(SECONDS):
            await self._process.wait()


@asynccontextmanager
async def running(machine: Machine, *words: str) -> AsyncGenerator[Program]:
    """Run Python with *words* on *machine*; it is killed in the end, if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *machine.command(sys.executable, *words),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@asynccontextmanager
async def announcing(
    machine: Machine, uid: str, address: str, **more: object
) -> AsyncGenerator[Program]:
    """Announce a worker *uid* at *address* from *machine*; it is on the network by now."""
    told = json.dumps({"lifetime": LIFETIME, **more})
    async with running(machine, str(SCRIPTS / "announce.py"), uid, address, told) as program:
        assert await program.line() == "announced"
        yield program


@asynccontextmanager
async def listening(machine: Machine, **arguments: object) -> AsyncGenerator[Program]:
    """Listen on *machine* with *arguments* for the script."""
    script = str(SCRIPTS / "listen.py")
    async with running(machine, script, json.dumps(arguments)) as program:
        yield program


@asynccontextmanager
async def working(machine: Machine, *flags: str) -> AsyncGenerator[Program]:
    """Run `wool-worker` on *machine*, announced to the network, with *flags*."""
    common = ("-m", "wool_worker", "--insecure", "--announce", "lan", "--log-level", "error")
    async with running(machine, *common, *flags) as program:
        yield program


@asynccontextmanager
async def calling(machine: Machine, *tags: str) -> AsyncGenerator[Program]:
    """Have a pool for workers with one of *tags* on *machine*."""
    async with running(machine, str(SCRIPTS / "call.py"), *tags) as program:
        yield program


@asynccontextmanager
async def starting(machine: Machine) -> AsyncGenerator[Program]:
    """Have a pool on *machine* that has started and announced a worker of its own."""
    async with running(machine, "-W", "ignore", str(SCRIPTS / "start.py")) as program:
        assert await program.line() == "started"
        yield program
