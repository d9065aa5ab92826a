"""Run programs of their own, and look at what is left of them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil

HERE = Path(__file__).parent
SHARED_MEMORY = Path("/dev/shm")


def environment(**changes: str) -> dict[str, str]:
    """Return an environment in which programs find the routines of this folder."""
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, **changes}


@asynccontextmanager
async def program(name: str, *arguments: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run the script *name* with its output in pipes; what it wrote last is shown."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "scripts" / name),
        *arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        for output in await process.communicate():
            print(output.decode())


def is_gone(pid: int) -> bool:
    """Tell whether the process *pid* has ended; one that waits to be reaped has."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def shared_memory() -> set[str]:
    """Return the names of what this project has in shared memory."""
    return {file.name for file in SHARED_MEMORY.glob("*wool*")}


@asynccontextmanager
async def shell_worker(
    *flags: str,
) -> AsyncGenerator[tuple[str, asyncio.subprocess.Process]]:
    """Run `wool-worker` with *flags*; yield its address and process. It is killed in the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool_worker", "--log-format", "json", *flags),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stderr is not None
    written: list[bytes] = []
    try:
        async with asyncio.timeout(20):
            while b"worker_ready" not in (line := await process.stderr.readline()):
                assert line, b"".join(written).decode()
                written.append(line)
        yield json.loads(line)["address"], process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        print((await process.communicate())[1].decode())
