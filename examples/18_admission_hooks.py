"""The hooks that ship with Wool, and one of one's own around them."""

import asyncio
from functools import partial

import wool
from wool import BackpressureContext, LocalWorker, MaxLoopLag, MaxMemory, MaxTasks

LIMITS = (MaxTasks(2), MaxMemory(0.99), MaxLoopLag(10.0))


async def my_hook(context: BackpressureContext) -> bool | wool.Refusal:
    """The limits first, then what only this application knows; it may await."""
    for limit in LIMITS:
        if refusal := limit(context):
            return refusal
    if "night_job" in context.task.tag:
        return wool.Refusal("only at night", retry_after=3600)
    return False


@wool.routine
async def work(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


@wool.routine
async def night_job() -> None: ...


async def main():
    worker_factory = partial(LocalWorker, backpressure=my_hook)
    async with wool.WorkerPool(size=1, worker=worker_factory):
        results = await asyncio.gather(*(work(0.5) for _ in range(5)), return_exceptions=True)
        print("done:", results.count("done"))
        refused = [e for e in results if isinstance(e, wool.NoWorkersAvailable)]
        print("refused:", len(refused))
        print(refused[0].attempts[0].reason)
        try:
            await night_job()
        except wool.NoWorkersAvailable as e:
            print(e.attempts[0].reason)


asyncio.run(main())
