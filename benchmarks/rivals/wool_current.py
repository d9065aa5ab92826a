"""This project: a pool of two local workers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import wool
from benchmarks import routines
from benchmarks.rivals import adapter
from benchmarks.rivals.adapter import Opened

PREFETCH = 64


@asynccontextmanager
async def open_system() -> AsyncIterator[Opened]:
    """Open the pool, for routines of an importable module."""
    async with wool.WorkerPool(size=2):
        yield Opened(
            noop=routines.noop,
            echo=routines.echo,
            count=routines.count,
            count_ahead=routines.count.options(prefetch=PREFETCH),
            fib=routines.fib,
        )


if __name__ == "__main__":
    adapter.main(
        open_system,
        "import wool; wool.WorkerPool",
        ("wool", "grpcio", "protobuf", "cloudpickle", "numpy"),
    )
