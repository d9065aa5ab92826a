"""Keep a pool of containers open until killed."""

import asyncio
import sys
import warnings

import wool
from wool.runtime.worker.docker import DockerWorker

warnings.simplefilter("ignore", wool.InsecureWorkerWarning)


@wool.routine
async def hold() -> None:
    await asyncio.sleep(3600)


def worker(*tags: str) -> DockerWorker:
    """Return a worker that soon misses whoever has started it."""
    return DockerWorker(*tags, image=sys.argv[1], network=sys.argv[2], owner_timeout=1.0)


async def main() -> None:
    """Say when the workers are there, and busy."""
    async with wool.WorkerPool(size=2, worker=worker):
        held = [asyncio.create_task(hold()) for _ in range(4)]
        print("ready", flush=True)
        await asyncio.wait(held)


asyncio.run(main())
