"""Ray on one node with two CPUs: two async actors, or with `--tasks` stateless tasks."""

# pyright: basic, reportMissingImports=false, reportFunctionMemberAccess=false
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle

from benchmarks.rivals import adapter
from benchmarks.rivals.adapter import Opened, Without

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
import ray

WIDEST_NEST = 10_000


@ray.remote(num_cpus=1, max_concurrency=WIDEST_NEST)
class Actor:
    """A worker that knows its peers, for nested calls."""

    def __init__(self) -> None:
        self._peers = cycle([])

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
    # Ray asks for a generator proper: `yield from` would hand its methods to the range.
    for number in range(until):  # noqa: UP028
        yield number


def calls_to(actors) -> Opened:
    """Return calls to async *actors* in turn."""
    turn = cycle(actors)

    def noop(value):
        return next(turn).noop.remote(value)

    def echo(value):
        return next(turn).echo.remote(value)

    def fib(n):
        return next(turn).fib.remote(n)

    async def count_ahead(until):
        generator = next(turn).count.options(num_returns="streaming")
        async for reference in generator.remote(until):
            yield await reference

    return Opened(
        noop=noop,
        echo=echo,
        count=Without("an async actor's generators always run ahead"),
        count_ahead=count_ahead,
        fib=fib,
    )


def calls_to_tasks() -> Opened:
    """Return calls of stateless tasks, placed by the scheduler."""
    lock_step = count.options(_generator_backpressure_num_objects=1)

    async def count_waiting(until):
        async for reference in lock_step.remote(until):
            yield await reference

    async def count_ahead(until):
        async for reference in count.remote(until):
            yield await reference

    return Opened(
        noop=noop.remote,
        echo=echo.remote,
        count=count_waiting,
        count_ahead=count_ahead,
        fib=Without("every task that waits holds a process; actors nest instead"),
    )


@asynccontextmanager
async def open_system() -> AsyncIterator[Opened]:
    """Start Ray, and wait for the actors if it is them that are asked for."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    try:
        if "--tasks" in sys.argv:
            yield calls_to_tasks()
        else:
            actors = [Actor.remote() for _ in range(2)]
            await asyncio.gather(*(actor.meet.remote(actors) for actor in actors))
            yield calls_to(actors)
    finally:
        ray.shutdown()


if __name__ == "__main__":
    adapter.main(open_system, "import ray", ("ray", "numpy"))
