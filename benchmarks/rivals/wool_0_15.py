"""The release wool 0.15.7: a pool of two local workers, the same routines."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import wool
from benchmarks import routines
from benchmarks.rivals import adapter
from benchmarks.rivals.adapter import Opened, Without
from wool.runtime.worker.base import ChannelOptions, WorkerOptions

# With its default of 100 streams a wide tree of nested calls waits for ever.
OPTIONS = WorkerOptions(channel=ChannelOptions(max_concurrent_streams=10_000))


@asynccontextmanager
async def open_system() -> AsyncIterator[Opened]:
    """Open the pool, for routines of an importable module."""
    worker = partial(wool.LocalWorker, options=OPTIONS)
    async with wool.WorkerPool(spawn=2, worker=worker):
        yield Opened(
            noop=routines.noop,
            echo=routines.echo,
            count=routines.count,
            count_ahead=Without("its generators never run ahead"),
            fib=routines.fib,
        )


if __name__ == "__main__":
    adapter.main(
        open_system,
        "import wool; wool.WorkerPool",
        ("wool", "grpcio", "protobuf", "cloudpickle", "numpy"),
    )
