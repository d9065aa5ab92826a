"""Raw `grpc.aio` as a system to compare with: the floor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.raw import RawClient, open_raw
from benchmarks.rivals import adapter


class Raw:
    """Messages on one open stream of one server process."""

    def __init__(self, client: RawClient) -> None:
        self.noop = client.ping
        self.flood = client.flood
        self.count = client.pings
        self.count_ahead = client.items
        self.echo = client.echo

    async def fib(self, n: int) -> int:
        """Refuse: messages cannot nest."""
        raise adapter.Unsupported("messages do not nest")


@asynccontextmanager
async def open_system() -> AsyncIterator[Raw]:
    """Start the raw server."""
    async with open_raw() as client:
        yield Raw(client)


if __name__ == "__main__":
    adapter.main(open_system, "grpc.aio", ("grpcio",))
