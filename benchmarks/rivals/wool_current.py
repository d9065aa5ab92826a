"""This project: a pool of two local workers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import wool

from benchmarks import routines
from benchmarks.rivals import adapter

PREFETCH = 64


class Wool(adapter.Lanes):
    """Routines of an importable module, default settings; prefetch where it says so."""

    noop = staticmethod(routines.noop)
    count = staticmethod(routines.count)
    count_ahead = staticmethod(routines.count.options(prefetch=PREFETCH))
    echo = staticmethod(routines.echo)
    fib = staticmethod(routines.fib)


@asynccontextmanager
async def open_system() -> AsyncIterator[Wool]:
    """Open the pool."""
    async with wool.WorkerPool(size=2):
        yield Wool()


if __name__ == "__main__":
    adapter.main(open_system, "wool", ("wool", "grpcio", "protobuf", "cloudpickle", "numpy"))
