"""Dask distributed: a local cluster of two processes, one thread each, async client."""

# pyright: basic, reportMissingImports=false
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from distributed import Client, LocalCluster

from benchmarks.rivals import adapter, plain


class Dask(adapter.Lanes):
    """Impure tasks, so that equal calls are not answered from memory."""

    def __init__(self, client) -> None:
        self._client = client

    async def noop(self, value):
        """Run one task."""
        return await self._client.submit(plain.noop, value, pure=False)

    async def echo(self, value):
        """Scatter *value* to a worker, run the echo there, fetch the result from it."""
        sent = await self._client.scatter(value, direct=True, hash=False)
        answer = self._client.submit(plain.echo, sent, pure=False)
        return await self._client.gather(answer, direct=True)

    async def count(self, until):
        """Refuse: tasks do not yield."""
        raise adapter.Unsupported("tasks do not yield")
        yield

    count_ahead = count

    async def fib(self, n):
        """Run tasks that submit tasks, as its documentation shows."""
        return await self._client.submit(plain.fib, n, pure=False)


@asynccontextmanager
async def open_system() -> AsyncIterator[Dask]:
    """Start scheduler, workers and client."""
    async with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            asynchronous=True,
        ) as cluster,
        Client(cluster, asynchronous=True) as client,
    ):
        yield Dask(client)


if __name__ == "__main__":
    adapter.main(open_system, "distributed", ("dask", "distributed", "numpy"))
