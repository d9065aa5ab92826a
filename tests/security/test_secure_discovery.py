"""A discovery service that answers only who shows a certificate."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from authority import NAME, Authority, write
from security_routines import pid

import wool
from wool.runtime.discovery.docker import DockerDiscovery

LIMIT = 20.0


@asynccontextmanager
async def discovery_service(flags: tuple[str, ...], folder: Path) -> AsyncGenerator[str]:
    """Run a discovery service with *flags* that finds nobody by itself; yield its address."""
    path = folder / "discovery.sock"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool_discovery_docker", "--socket", path, *flags),
        *("--source", "dns:nobody.invalid", "--identity", NAME),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(LIMIT):
            while not path.exists():
                await asyncio.sleep(0.05)
        yield f"unix:{path}"
    finally:
        process.terminate()
        async with asyncio.timeout(LIMIT):
            assert await process.wait() == 0


async def test_a_pool_shows_its_credentials_to_the_service_it_announces_to(
    ours: Authority, tmp_path: Path
) -> None:
    """They serve for the workers, to look for others, and to announce one's own."""
    issued = ours.issue(NAME)
    credentials = replace(issued, identity=NAME)
    async with discovery_service(write(issued, tmp_path), tmp_path) as address:
        discovery = DockerDiscovery(address=address)
        async with (
            wool.WorkerPool(size=1, discovery=discovery, credentials=credentials) as one,
            wool.WorkerPool(discovery=discovery, credentials=credentials) as other,
        ):
            assert await other.run(pid) == one.workers[0].pid
