"""Watch calls as they begin and end, and how busy each worker of a pool is."""

import asyncio
from contextlib import suppress

import wool


@wool.routine
async def render(scene: str) -> str:
    if scene == "broken":
        raise ValueError("this scene cannot be rendered")
    return scene.title()


@wool.routine
async def rest(seconds: float) -> None:
    await asyncio.sleep(seconds)


def note(event: wool.DispatchEvent) -> None:
    name = event.routine.rpartition(".")[2]
    match event:
        case wool.DispatchBegun():
            print(f"  {name} was called")
        case wool.DispatchEnded(error=None, phases=phases):
            print(f"  {name} {event.outcome}, in less than a minute: {phases.total < 60}")
        case wool.DispatchEnded():
            print(f"  {name} {event.outcome} {event.error!r} after {event.attempts} attempt")


async def main():
    async with wool.WorkerPool(size=2) as pool:
        print("Calls:")
        with wool.on_dispatch(note):
            await render("forest")
            with suppress(ValueError):
                await render("broken")
        await render("nobody is told of this one")

        print("Workers:")
        chosen = pool.workers[0]
        calls = [asyncio.create_task(rest.options(worker=chosen)(60)) for _ in range(3)]
        await until(lambda: sorted(loads(pool)) == [0, 3])
        for worker in pool.workers:
            name = "the chosen one" if worker == chosen else "the other one"
            print(f"  {name} has {worker.load.active} tasks")
        stats = pool.stats()
        print(f"  {stats.ready} are ready, {stats.waiting} calls wait for one")

        for call in calls:
            call.cancel()
        await until(lambda: loads(pool) == [0, 0])
        print("  now they have", loads(pool))


def loads(pool: wool.WorkerPool) -> list[int]:
    return [worker.load.active for worker in pool.workers]


async def until(told) -> None:
    # Workers tell of their load when it changes, ten times a second at most.
    while not told():
        await asyncio.sleep(0.01)


asyncio.run(main())
