"""Run a discovery service that watches no Docker Engine."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

LIMIT: Final = 20.0


@asynccontextmanager
async def served(path: Path, *sources: str) -> AsyncGenerator[None]:
    """Run the service over *sources*, none of them an Engine, on the socket *path*."""
    flags = [f"--source={source}" for source in sources]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool_discovery_docker", "--socket", path, *flags),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(LIMIT):
            while not path.exists():
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        async with asyncio.timeout(LIMIT):
            assert await process.wait() == 0
