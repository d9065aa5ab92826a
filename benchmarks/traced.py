"""Measure what traces cost: the same calls, traced and not, in turn within one run."""

import tempfile
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import wool.traces
from benchmarks import harness
from benchmarks.pairs import in_turn, opened, table
from benchmarks.results import Results
from benchmarks.spans_discarded import PROVIDER

PLAIN, TRACED = "not traced", "traced"
TRACING = ("--traces", "--preload", "benchmarks.spans_discarded")


async def measure(settings: harness.Settings) -> Results:
    """Keep 64 no-ops under way, on workers that are traced by a client that is, and not."""
    none = {"OTEL_TRACES_EXPORTER": "none"}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        plain = await stack.enter_async_context(opened(folder, "p", lambda: (), **none))
        traced = await stack.enter_async_context(opened(folder, "t", lambda: TRACING, **none))
        sides = {PLAIN: plain, TRACED: traced}
        return await in_turn(settings, sides, {TRACED: lambda: wool.traces.start(PROVIDER)})


if __name__ == "__main__":
    harness.main("traced", measure, partial(table, plain=PLAIN, other=TRACED))
