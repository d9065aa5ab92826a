"""Workers that were started from a shell, of which the log is read."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

LIMIT: Final = 30.0

Line = dict[str, Any]


class StartedWorker:
    """A `wool-worker`, with what it has said to standard error and standard output."""

    def __init__(self, process: asyncio.subprocess.Process, uid: str, address: str) -> None:
        self.process = process
        self.uid = uid
        self.address = address
        self.raw: list[str] = []
        self.printed = b""
        self._more = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def line(self, wanted: Callable[[Line], bool]) -> Line:
        """Return the first line that is *wanted*."""
        async with asyncio.timeout(LIMIT):
            while True:
                self._more.clear()
                for line in self.lines:
                    if wanted(line):
                        return line
                if self._reading.done():
                    raise EOFError(f"it was not said, but {self.raw}")
                await self._more.wait()

    async def event(self, name: str) -> Line:
        """Return the first line about *name*."""
        return await self.line(lambda line: line["event"] == name)

    @property
    def lines(self) -> list[Line]:
        """What was said in JSON."""
        return [json.loads(line) for line in self.raw if line.startswith("{")]

    async def stopped(self) -> int:
        """Ask it to end, and return the exit code once all was read."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        async with asyncio.timeout(LIMIT):
            await self._reading
        return await self.process.wait()

    async def aclose(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self._reading
        await self.process.wait()

    async def _read(self) -> None:
        out, err = self.process.stdout, self.process.stderr
        assert out is not None
        assert err is not None
        reading = asyncio.create_task(out.read())
        while line := await err.readline():
            self.raw.append(line.decode().rstrip("\n"))
            self._more.set()
        self.printed = await reading
        self._more.set()


@asynccontextmanager
async def started(
    folder: Path, uid: str, *flags: str, modules: Path, **variables: str
) -> AsyncGenerator[StartedWorker]:
    """Run a worker that finds *modules*, until the block ends."""
    address = f"unix:{folder / uid}"
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("WOOL_", "OTEL_"))
    }
    path = os.pathsep.join([str(modules), kept.get("PYTHONPATH", "")])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool_worker", "--uid", uid),
        *("--socket", str(folder / uid), *flags),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**kept, "PYTHONPATH": path, "WOOL_LOG_FORMAT": "json", **variables},
    )
    worker = StartedWorker(process, uid, address)
    try:
        await worker.event("worker_ready")
        yield worker
    finally:
        await worker.aclose()
