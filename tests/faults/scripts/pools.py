"""Open and close pools; print, as JSON, what this process has after three and after thirty."""

import asyncio
import gc
import json
import os
import tempfile
from pathlib import Path

import fault_routines as routines
import psutil

import wool


async def one(number: int) -> None:
    async with wool.WorkerPool(size=2) as pool:
        await asyncio.gather(*(routines.echo(n) for n in range(8)))
        async for _ in routines.brief_steps(1, 0):
            break
        await routines.brief_nested(1, 0)
        await asyncio.gather(routines.fail("x"), return_exceptions=True)
        if number % 3 == 1:
            left = asyncio.create_task(routines.large(1 << 20))
            await asyncio.sleep(0)
            left.cancel()
            await asyncio.wait([left])
        if number % 3 == 2:
            os.kill(pool.workers[0].pid, 9)


def holdings() -> dict[str, object]:
    gc.collect()
    me = psutil.Process()
    kinds = [
        str(file.readlink()).partition(":")[0]
        for file in Path("/proc/self/fd").iterdir()
        if file.is_symlink()
    ]
    return {
        "children": len(me.children()),
        "threads": me.num_threads(),
        "descriptors": sorted(kinds),
        "tasks": len(asyncio.all_tasks()),
        "files": sorted(file.name for file in Path(tempfile.gettempdir()).glob("wool-*")),
    }


async def settled() -> dict[str, object]:
    found = holdings()
    for _ in range(200):
        await asyncio.sleep(0.01)
        before, found = found, holdings()
        if before == found and not found["children"]:
            break
    return found


async def main() -> None:
    counts: list[dict[str, object]] = []
    for number in range(1, 31):
        await one(number)
        if number in (3, 30):
            counts.append(await settled())
    print(json.dumps(counts))


asyncio.run(main())
