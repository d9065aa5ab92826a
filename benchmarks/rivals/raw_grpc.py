"""Raw `grpc.aio` as a system to compare with: the floor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.raw import open_raw
from benchmarks.rivals import adapter
from benchmarks.rivals.adapter import Opened, Without


@asynccontextmanager
async def open_system() -> AsyncIterator[Opened]:
    """Start the raw server: messages on one open stream of one process."""
    async with open_raw() as client:
        yield Opened(
            noop=client.ping,
            flood=client.flood,
            echo=client.echo,
            count=client.pings,
            count_ahead=client.items,
            fib=Without("messages do not nest"),
        )


if __name__ == "__main__":
    adapter.main(open_system, "import grpc.aio", ("grpcio",))
