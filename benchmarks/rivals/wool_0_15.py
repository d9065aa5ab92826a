"""The release wool 0.15.7: a pool of two local workers, the same routines."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial



import wool
from wool.runtime.worker.base import ChannelOptions, WorkerOptions

from benchmarks import routines
from benchmarks.rivals import adapter

# With its default of 100 streams a wide tree of nested calls waits for ever.
OPTIONS = WorkerOptions(channel=ChannelOptions(max_concurrent_streams=10_000))

class Wool(adapter.Lanes):
    """Routines of an importable module, default settings."""

    noop = staticmethod(routines.noop)
    count = staticmethod(routines.count)
    echo = staticmethod(routines.echo)
    fib = staticmethod(routines.fib)

    async def count_ahead(self, until: int) -> AsyncIterator[object]:
        """Refuse: its generators are always lock-step."""
        raise adapter.Unsupported("its generators never run ahead")
        yield


@asynccontextmanager
async def open_system() -> AsyncIterator[Wool]:
    """Open the pool."""
    worker = partial(wool.LocalWorker, options=OPTIONS)
    async with wool.WorkerPool(spawn=2, worker=worker):
        yield Wool()


if __name__ == "__main__":
    adapter.main(open_system, "wool", ("wool", "grpcio", "protobuf", "cloudpickle", "numpy"))
