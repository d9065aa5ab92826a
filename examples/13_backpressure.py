"""Workers that refuse what is too much for them; the task goes to another one."""

import asyncio
from functools import partial

import wool
from wool import BackpressureContext, LocalWorker

MOST = 2


def hook(context: BackpressureContext) -> bool:
    """True refuses the task."""
    return context.active_task_count >= MOST


def explained(context: BackpressureContext) -> wool.Refusal | bool:
    """A refusal may say why, and when to come again."""
    return wool.Refusal("closed for today", retry_after=3600.0)


@wool.routine
async def work(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


async def main():
    async with wool.WorkerPool(size=2, worker=partial(LocalWorker, backpressure=hook)):
        calls = [asyncio.create_task(work(0.5)) for _ in range(6)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        print("done:", results.count("done"))
        refused = [r for r in results if isinstance(r, wool.NoWorkersAvailable)]
        print("refused:", len(refused), "after trying", len(refused[0].attempts), "workers")
        print("a moment later:", await work(0))

    async with wool.WorkerPool(size=1, worker=partial(LocalWorker, backpressure=explained)):
        try:
            await work(0)
        except wool.NoWorkersAvailable as e:
            print(e.attempts[0].reason)


asyncio.run(main())
