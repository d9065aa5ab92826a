"""Workers as containers: started for the block, found by whoever looks for them."""

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
async def where() -> str:
    return platform.node()


@wool.routine
async def some_routine() -> tuple[str, str]:
    return platform.node(), await where()


async def main():
    # fmt: off
    # Ephemeral: spawn containers via DockerWorker, discover via default wool label
    async with WorkerPool(
        size=8,
        worker=lambda *tags, **kw: DockerWorker(*tags, image="wool-worker:0.3.0", network="wool", **kw),
        discovery=DockerDiscovery(network="wool"),
    ):
        await some_routine()
        # fmt: on

        here, there = zip(*await wool.gather(*(some_routine() for _ in range(64))))
        print("containers:", len(set(here)))
        print("nested calls stay among them:", set(there) <= set(here))
        print("not on this machine:", platform.node() not in here)


asyncio.run(main())
