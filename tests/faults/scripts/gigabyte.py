"""Send a large value and fetch one; `gigabyte.py KIND` prints what both cost, in bytes, as JSON."""

import asyncio
import json
import sys
import time

import large_routines as large
import memory

import wool

SIZE = 1 << 30


async def main(kind: str) -> None:
    costs: dict[str, float] = {}
    async with wool.WorkerPool(size=1):
        await large.take(large.made(kind, 1 << 20))
        value = large.made(kind, SIZE)
        checksum = large.check(value)

        worker_base = await large.prepare(kind, 0)
        memory.reset_peak()
        base = memory.resident()
        begin = time.perf_counter()
        assert await large.take(value) == checksum
        costs["argument seconds"] = time.perf_counter() - begin
        costs["argument, caller"] = memory.peak() - base
        costs["argument, worker"] = await large.worker_peak() - worker_base - SIZE
        del value

        worker_base = await large.prepare(kind, SIZE)
        memory.reset_peak()
        base = memory.resident()
        begin = time.perf_counter()
        result = await large.give()
        costs["result seconds"] = time.perf_counter() - begin
        costs["result, caller"] = memory.peak() - base - SIZE
        costs["result, worker"] = await large.worker_peak() - worker_base
        assert large.check(result) == checksum
    print(json.dumps(costs))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
