"""Start workers, say their process ids, and wait."""

import asyncio

from wool import LocalWorker


async def main() -> None:
    workers = [LocalWorker() for _ in range(4)]
    starts = [asyncio.ensure_future(worker.start()) for worker in workers]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    import psutil

    print(*(child.pid for child in psutil.Process().children()), flush=True)
    await asyncio.gather(*starts)
    await asyncio.get_running_loop().create_future()


asyncio.run(main())
