"""`wool-worker` as somebody starts it by hand."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import wool

READY_SECONDS = 20


class Program(wool.Worker):
    """A worker that was started by hand, as a pool sees it."""

    def __init__(self, *tags: str, told: wool.WorkerMetadata) -> None:
        super().__init__(*tags)
        self._uid = told.uid
        self._told = told

    async def _start(self, timeout: float | None) -> wool.WorkerMetadata:
        return self._told

    async def _stop(self, grace: float | None, timeout: float | None) -> None:
        """Leave it to whoever started it."""


@asynccontextmanager
async def served(environ: dict[str, str], *flags: str) -> AsyncGenerator[wool.WorkerMetadata]:
    """Run `wool-worker` with *flags*; yield what it tells; it must end well when it is asked to."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool_worker", *flags),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environ,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(READY_SECONDS):
            ready = json.loads(await process.stderr.readline())
        assert ready["event"] == "worker_ready"
        yield wool.WorkerMetadata(uid=ready["worker"], address=ready["address"], secure=True)
        process.terminate()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
