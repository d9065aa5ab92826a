"""Workers of both kinds in one pool: those that are there, and containers for a burst."""

import asyncio
import platform
import warnings

import wool
from wool import WorkerPool
from wool.runtime.discovery.docker import DockerDiscovery
from wool.runtime.worker.docker import DockerWorker

# Whoever reaches the network "wool" is trusted here; elsewhere, give credentials.
warnings.simplefilter("ignore", wool.InsecureWorkerWarning)


@wool.routine
async def some_routine() -> str:
    return platform.node()


async def main():
    async with WorkerPool(
        size=4,
        worker=lambda *tags, **kw: DockerWorker(
            *tags, image="wool-worker:0.3.0", network="wool", **kw
        ),
        discovery=DockerDiscovery(
            network="wool",
            labels={"wool.worker": "true"},
        ),
    ) as pool:
        await some_routine()

        while len(pool.workers) < 6:
            await asyncio.sleep(0.05)
        names = set(await wool.gather(*(some_routine() for _ in range(48))))
        print("own and found:", len(names))


asyncio.run(main())
