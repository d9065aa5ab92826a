"""Measure what metrics cost: the same calls, measured and not, in turn within one run."""

import socket
import tempfile
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry

import wool.metrics
from benchmarks import harness
from benchmarks.pairs import in_turn, opened, table
from benchmarks.results import Results

PLAIN, METERED = "not measured", "measured"


async def measure(settings: harness.Settings) -> Results:
    """Keep 64 no-ops under way, on workers that are measured by a client that is, and not."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with wool.metrics.register(CollectorRegistry()):
            # A channel is counted where it was opened while somebody measures.
            metered = await stack.enter_async_context(opened(folder, "m", served))
        plain = await stack.enter_async_context(opened(folder, "p", lambda: ()))
        sides = {PLAIN: plain, METERED: metered}
        counting = {METERED: lambda: wool.metrics.register(CollectorRegistry())}
        return await in_turn(settings, sides, counting)


def served() -> tuple[str, str]:
    """Return the flags of a worker that tells its metrics, on a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "--metrics-port", str(probe.getsockname()[1])


if __name__ == "__main__":
    harness.main("metered", measure, partial(table, plain=PLAIN, other=METERED))
