"""Use the tasks of a Swarm's service, alone and beside containers for a burst."""

import asyncio
import json
import platform
import sys
import warnings

import wool
from wool import WorkerPool
from wool.runtime.discovery.docker import DockerDiscovery
from wool.runtime.worker.docker import DockerWorker

warnings.simplefilter("ignore", wool.InsecureWorkerWarning)


@wool.routine
async def where() -> str:
    return platform.node()


@wool.routine
async def some_routine() -> tuple[str, str]:
    return platform.node(), await where()


async def found(number: int) -> None:
    """Call until so many workers have run calls, and calls made by these; tell which they are."""
    callers, called = set[str](), set[str]()
    while min(len(callers), len(called)) < number:
        for caller, place in await wool.gather(*(some_routine() for _ in range(32))):
            callers.add(caller)
            called.add(place)
    print(json.dumps([sorted(callers), sorted(called)]), flush=True)


async def external(number: int) -> None:
    # External: discover all tasks of a Swarm service by its service name label
    async with WorkerPool(
        discovery=DockerDiscovery(
            network="wool-overlay",
            labels={"com.docker.swarm.service.name": "wool-worker"},
        ).subscriber,
    ):
        await some_routine()
        await found(number)


async def hybrid(number: int) -> None:
    # fmt: off
    # Hybrid: discover Swarm-managed tasks AND spawn ephemeral burst containers
    async with WorkerPool(
        size=4,
        worker=lambda *tags, **kw: DockerWorker(*tags, image="wool-worker:0.3.0", network="wool-overlay", **kw),
        discovery=DockerDiscovery(
            network="wool-overlay",
            labels={"wool.worker": "true"},
        ),
    ):
        await some_routine()
        await found(number + 4)
    # fmt: on


asyncio.run({"external": external, "hybrid": hybrid}[sys.argv[1]](int(sys.argv[2])))
