"""Workers that something else has started, such as Compose: the pool finds them."""

import asyncio
import platform

import wool
from wool import WorkerPool
from wool.runtime.discovery.docker import DockerDiscovery


@wool.routine
async def some_routine(n: int = 3) -> set[str]:
    if not n:
        return {platform.node()}
    found = await asyncio.gather(some_routine(n - 1), some_routine(n - 1))
    return {platform.node()}.union(*found)


async def main():
    # External: discover containers managed by Compose
    async with WorkerPool(discovery=DockerDiscovery(network="wool").subscriber):
        await some_routine()

    async with WorkerPool(discovery=DockerDiscovery(network="wool").subscriber, quorum=2):
        print(
            "containers:",
            len(set().union(*await wool.gather(*(some_routine() for _ in range(16))))),
        )


asyncio.run(main())
