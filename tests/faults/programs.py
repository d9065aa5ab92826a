"""Run programs of their own, and look at what is left of them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
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


@contextmanager
def shell_worker(*flags: str) -> Generator[str]:
    """Run `wool-worker` with *flags*; yield its address. It is killed in the end."""
    command = (sys.executable, "-m", "wool_worker", "--log-format", "json", *flags)
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment()) as process:
        assert process.stderr is not None
        written: list[bytes] = []
        try:
            while b"worker_ready" not in (line := process.stderr.readline()):
                assert line, b"".join(written).decode()
                written.append(line)
            yield json.loads(line)["address"]
        finally:
            process.kill()
            print(process.stderr.read().decode())
