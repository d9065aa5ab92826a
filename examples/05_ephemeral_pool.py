"""A pool of a given size, whose workers carry a tag."""

import asyncio

import wool


@wool.routine
async def gpu_task() -> str:
    return "done"


async def main():
    async with wool.WorkerPool("gpu-capable", size=4):
        result = await gpu_task()
    print(result)

    # A routine may insist on a tag; without such a worker it is not run anywhere.
    async with wool.WorkerPool("gpu-capable", size=2) as pool:
        print(await gpu_task.options(tags="gpu-capable")())
        try:
            await gpu_task.options(tags="big-memory")()
        except wool.NoWorkersAvailable as e:
            print(e.message)
        print({tag for worker in pool.workers for tag in worker.tags})


asyncio.run(main())
