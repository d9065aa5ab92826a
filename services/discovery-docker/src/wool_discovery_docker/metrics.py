"""Count what happens, for Prometheus."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import partial
from typing import Final

from wool_common.discovery.protocols import EVENT_TYPES
from wool_common.health import HEALTH_SERVICE, REFLECTION_SERVICE
from wool_common.metrics import names
from wool_common.metrics.numbers import Reading
from wool_common.metrics.rpc import Method, Rpcs, methods_of
from wool_common.metrics.rpc_client import CountingChannel
from wool_common.metrics.rpc_server import CountingInterceptor
from wool_common.watching import WATCHING
from wool_protocol.discovery.v1 import discovery_pb2
from wool_protocol.worker.v1 import service_pb2

CAUSES: Final = (
    "start",
    "timer",
    "events",
    "tasks",
    "asked",
    "stream_ended",
    "engine_failed",
)
"""Why everything is listed again."""

OWN: Final = methods_of(discovery_pb2.DESCRIPTOR.services_by_name["DiscoveryService"])
WORKERS: Final = methods_of(service_pb2.DESCRIPTOR.services_by_name["WorkerService"])
BESIDE: Final = (
    Method("unary", HEALTH_SERVICE, "Check"),
    Method("server_stream", HEALTH_SERVICE, "Watch"),
    Method("bidi_stream", REFLECTION_SERVICE, "ServerReflectionInfo"),
)

TOLD: Final = (
    *(names.DISCOVERY_WORKERS, names.DISCOVERY_EVENTS),
    *(names.DISCOVERY_RESYNCS, names.DISCOVERY_SYNCED),
    *names.RPC_SERVER.all,
    *names.RPC_CLIENT.all,
)
"""What this service tells, which asks workers what they are."""


class Metrics:
    """What is counted; labels are bounded, so none names a worker or an address."""

    def __init__(self, sources: Iterable[str]) -> None:
        self._workers = {(source,): 0.0 for source in sources}
        self._events = Counter(
            {(source, event): 0 for (source,) in self._workers for event in EVENT_TYPES}
        )
        self._resyncs = Counter({("docker", cause): 0 for cause in CAUSES})
        self._synced: dict[tuple[str, ...], float] = {}
        self._answered = Rpcs(names.RPC_SERVER, (*OWN, *BESIDE))
        self._asked = Rpcs(names.RPC_CLIENT, WORKERS)
        self.interceptors = (CountingInterceptor(self._answered),)

    def event(self, source: str, type: str) -> None:
        """Count that a worker was added, updated or dropped."""
        self._events[source, f"worker-{type}"] += 1

    def workers(self, source: str, number: int) -> None:
        """Note how many workers *source* has found."""
        self._workers[source,] = float(number)

    def resync(self, source: str, cause: str) -> None:
        """Count that everything was listed."""
        self._resyncs[source, cause if cause in CAUSES else "other"] += 1
        self._synced[source,] = time.time()

    def read(self) -> list[Reading]:
        """Return what there is to tell; on any thread."""
        return [
            Reading(names.DISCOVERY_WORKERS, dict(self._workers)),
            Reading(
                names.DISCOVERY_EVENTS, {key: float(n) for key, n in dict(self._events).items()}
            ),
            Reading(
                names.DISCOVERY_RESYNCS, {key: float(n) for key, n in dict(self._resyncs).items()}
            ),
            Reading(names.DISCOVERY_SYNCED, dict(self._synced)),
        ]

    @contextmanager
    def served(self, host: str, port: int) -> Generator[None]:
        """
        Serve `/metrics` until the block is left, from a thread of its own.

        Raises:
            OSError: it cannot listen there.
        """
        # Prometheus' client takes 75 ms, which a private service has no use for.
        from wool_common.metrics.exposition import own_registry
        from wool_common.metrics.serving import MetricsServer

        registry = own_registry(TOLD, (self, self._answered, self._asked))
        WATCHING.metered = partial(CountingChannel, rpcs=self._asked)
        try:
            with MetricsServer(registry, host=host, port=port):
                yield
        finally:
            WATCHING.metered = None
