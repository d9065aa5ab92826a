"""A pool that lives as long as a web application, and serves its requests."""

import asyncio
from contextlib import asynccontextmanager

import wool


@wool.routine
async def render(page: str) -> str:
    return f"<h1>{page}</h1>"


@wool.routine
async def lines(count: int):
    for number in range(count):
        yield f"line {number}"


class Application:
    """Frameworks start an application in one task and handle requests in others."""

    @asynccontextmanager
    async def lifespan(self):
        async with wool.WorkerPool(size=2) as self.pool:
            yield

    async def handle(self, path: str) -> str:
        # The pool was opened in another task, so it is named: `pool.run`.
        return await self.pool.run(render, path)

    async def stream(self) -> list[str]:
        return [line async for line in self.pool.run(lines, 3)]

    async def report(self) -> list[str]:
        # Where a handler calls many routines, the pool is made the active one.
        with self.pool.active():
            return await wool.gather(render("a"), render("b"))


async def serve(application: Application) -> None:
    """Stands in for a server: the lifespan and every request have a task of their own."""
    started, stopping = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with application.lifespan():
            started.set()
            await stopping.wait()

    async def requests() -> None:
        await started.wait()
        for handler in (application.handle("/home"), application.stream(), application.report()):
            print(await asyncio.create_task(handler))
        stopping.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(live())
        tasks.create_task(requests())


asyncio.run(serve(Application()))
