"""Workers that keep their spans, and a client that does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import traced_routines as r
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from span_facts import Fact, fact_of
from started_workers import StartedWorker, started

import wool
import wool.traces

HERE: Final = Path(__file__).parent
KEEPING: Final = ("--traces", "--preload", "spans_kept")
"""Flags of a worker that keeps its spans."""


class Client:
    """A process that is traced: the test's own."""

    def __init__(self) -> None:
        self._kept = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self._kept))
        self.tracer = self.provider.get_tracer("test")

    def spans(self) -> list[Fact]:
        """Return the spans that have ended, and forget them."""
        found = [fact_of(span) for span in self._kept.get_finished_spans()]
        self._kept.clear()
        return found


@contextmanager
def tracing_client() -> Generator[Client]:
    """Trace this process."""
    client = Client()
    try:
        with wool.traces.start(client.provider):
            yield client
    finally:
        client.provider.shutdown()


@asynccontextmanager
async def pool_of(
    folder: Path, *uids: str, flags: tuple[str, ...] = KEEPING, **variables: str
) -> AsyncGenerator[list[StartedWorker]]:
    """Open a pool of workers of these names."""
    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(started(folder, uid, *flags, modules=HERE, **variables))
            for uid in uids
        ]
        found = wool.StaticDiscovery(*(worker.address for worker in workers))
        await stack.enter_async_context(
            wool.WorkerPool(discovery=found, quorum=len(workers), lazy=False)
        )
        yield workers


async def spans_of(worker: str, routine: str | None = None) -> list[Fact]:
    """Return what *worker* has kept of *routine*, or of all but the asking itself."""
    found = await r.spans.options(worker=worker)()
    wanted = f"traced_routines.{routine}"
    return [one for one in found if one.name == wanted or (routine is None and one.name != SPANS)]


SPANS: Final = "traced_routines.spans"
