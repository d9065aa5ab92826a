"""A pool that several event loops and threads of one program share."""

import asyncio
import threading

import wool


@wool.routine
async def add(x: int, y: int) -> int:
    return x + y


async def main():
    results = []

    async with wool.WorkerPool(size=2) as pool:

        def in_a_thread(number: int) -> None:
            results.append(asyncio.run(pool.run(add, number, number)))

        threads = [threading.Thread(target=in_a_thread, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            await asyncio.to_thread(thread.join)

    print(sorted(results))


asyncio.run(main())
