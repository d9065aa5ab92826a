"""Run the `wool` command, and workers for it to look at."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wool_common.describe import Inquiry

LIMIT: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.out)

    @property
    def documents(self) -> list[Any]:
        """What was printed, a document a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(**changes: str) -> dict[str, str]:
    """Return an environment that says nothing of Wool, with *changes*."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("WOOL_")}
    return kept | changes


async def wool(*arguments: str, cwd: Path | None = None, **variables: str) -> Done:
    """Run `wool` with *arguments* and return what came of it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool.cli", *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**variables),
        cwd=cwd,
    )
    try:
        async with asyncio.timeout(LIMIT):
            out, err = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    assert process.returncode is not None
    return Done(code=process.returncode, out=out.decode(), err=err.decode())


@asynccontextmanager
async def worker(*flags: str, command: tuple[str, ...] = ("wool_worker",)) -> AsyncGenerator[str]:
    """Run a worker from the shell and return its address; it is killed in the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *command, "--port", "0", *flags),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(WOOL_LOG_FORMAT="json", PYTHONPATH=str(Path(__file__).parent)),
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(LIMIT):
            while True:
                line = json.loads(await process.stderr.readline())
                if line["event"] == "worker_ready":
                    break
        yield line["address"]
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def busy(address: str) -> None:
    """Return once a task runs on the worker at *address*."""
    inquiry = Inquiry(address)
    try:
        async with asyncio.timeout(LIMIT):
            while (await inquiry.ask()).load != (1, 0):
                await asyncio.sleep(0.01)
    finally:
        await inquiry.aclose()
