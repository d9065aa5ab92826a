"""Dask distributed: a local cluster of two processes, one thread each, async client."""

# pyright: basic, reportMissingImports=false
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from distributed import Client, LocalCluster

from benchmarks.rivals import adapter, plain
from benchmarks.rivals.adapter import Opened, Without

NO_YIELD = Without("tasks do not yield")


@asynccontextmanager
async def open_system() -> AsyncIterator[Opened]:
    """Start scheduler, workers and client; impure, so that no call is answered from memory."""
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

        async def echo(value):
            sent = await client.scatter(value, direct=True, hash=False)
            answer = client.submit(plain.echo, sent, pure=False)
            return await client.gather(answer, direct=True)

        yield Opened(
            noop=lambda value: client.submit(plain.noop, value, pure=False),
            echo=echo,
            count=NO_YIELD,
            count_ahead=NO_YIELD,
            fib=lambda n: client.submit(plain.fib, n, pure=False),
        )


if __name__ == "__main__":
    adapter.main(open_system, "import distributed", ("dask", "distributed", "numpy"))
