"""Ray on one node with two CPUs: two async actors, or with `--tasks` stateless tasks."""

# pyright: basic, reportMissingImports=false
import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle

from benchmarks.rivals import adapter

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
import ray  # noqa: E402 - reads the variable above as it is imported

WIDEST_NEST = 10_000


@ray.remote(num_cpus=1, max_concurrency=WIDEST_NEST)
class Actor:
    """A worker that knows its peers, for nested calls."""

    def __init__(self) -> None:
        self._peers = None

    async def meet(self, actors) -> None:
        """Remember who may be called."""
        self._peers = cycle(actors)

    async def noop(self, value):
        """Return *value*."""
        return value

    async def echo(self, value):
        """Return *value*, however large."""
        return value

    async def count(self, until):
        """Yield the numbers below *until*."""
        for number in range(until):
            yield number

    async def fib(self, n):
        """Return the Fibonacci number *n* by two nested calls."""
        if n <= 1:
            return n
        one, two = next(self._peers).fib.remote(n - 1), next(self._peers).fib.remote(n - 2)
        return sum(await asyncio.gather(one, two))


@ray.remote
def noop(value):
    """Return *value*."""
    return value


@ray.remote
def echo(value):
    """Return *value*, however large."""
    return value


@ray.remote(num_returns="streaming")
def count(until):
    """Yield the numbers below *until*."""
    yield from range(until)


class Actors(adapter.Lanes):
    """Calls to two async actors in turn."""

    def __init__(self, actors) -> None:
        self._actors = cycle(actors)

    async def noop(self, value):
        """Make one call."""
        return await next(self._actors).noop.remote(value)

    async def echo(self, value):
        """Send *value* there and back through the object store."""
        return await next(self._actors).echo.remote(value)

    async def count(self, until):
        """Refuse: an async actor's generator always runs ahead."""
        raise adapter.Unsupported("an async actor's generators always run ahead")
        yield

    async def count_ahead(self, until):
        """Yield what a streaming generator yields."""
        actor = next(self._actors)
        async for reference in actor.count.options(num_returns="streaming").remote(until):
            yield await reference

    async def fib(self, n):
        """Call the nested actor method."""
        return await next(self._actors).fib.remote(n)


class Tasks(adapter.Lanes):
    """Stateless tasks, placed by the scheduler."""

    async def noop(self, value):
        """Run one task."""
        return await noop.remote(value)

    async def echo(self, value):
        """Send *value* there and back through the object store."""
        return await echo.remote(value)

    async def count(self, until):
        """Yield from a generator that waits after each item until it is taken."""
        waiting = count.options(_generator_backpressure_num_objects=1)
        async for reference in waiting.remote(until):
            yield await reference

    async def count_ahead(self, until):
        """Yield what a streaming generator yields."""
        async for reference in count.remote(until):
            yield await reference

    async def fib(self, n):
        """Refuse: every task that waits for another holds a process."""
        raise adapter.Unsupported("every task that waits holds a process; actors nest instead")


@asynccontextmanager
async def open_system() -> AsyncIterator[adapter.Opened]:
    """Start Ray, and wait for the actors if they are asked for."""
    ray.init(
        num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR
    )
    try:
        if "--tasks" in sys.argv:
            yield Tasks()
        else:
            actors = [Actor.remote() for _ in range(2)]
            await asyncio.gather(*(actor.meet.remote(actors) for actor in actors))
            yield Actors(actors)
    finally:
        ray.shutdown()


if __name__ == "__main__":
    adapter.main(open_system, "ray", ("ray", "numpy"))
