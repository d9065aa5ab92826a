"""Call routines on the worker at the address given, from a container of the same image."""

from __future__ import annotations

import asyncio
import json
import sys
import warnings

import docker_routines as routines

import wool

warnings.simplefilter("ignore", wool.InsecureWorkerWarning)


async def main(address: str) -> None:
    async with wool.WorkerPool(discovery=wool.StaticDiscovery(address)):
        said = {
            "here": await routines.here(),
            "fibonacci": await routines.fibonacci(5),
            "count": [number async for number in routines.count(3)],
            "write": await routines.write("/app/file"),
        }
    print(json.dumps(said))


asyncio.run(main(sys.argv[1]))
