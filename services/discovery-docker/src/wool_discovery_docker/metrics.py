"""Count what happens, for Prometheus; the one module that imports its client."""

from __future__ import annotations

import platform
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Final

import google.protobuf
import grpc
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    start_http_server,
)

from wool_common.discovery.protocols import EVENT_TYPES
from wool_common.metadata import VERSION

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


class Metrics:
    """What is counted; labels are bounded, so none names a worker or an address."""

    def __init__(self, sources: Iterable[str]) -> None:
        self.registry = CollectorRegistry()
        self._workers = Gauge(
            "wool_discovery_workers",
            "Workers that are there now, by who has found them.",
            ["source"],
            registry=self.registry,
        )
        self._events = Counter(
            "wool_discovery_events_total",
            "Workers that were added, updated or dropped.",
            ["source", "type"],
            registry=self.registry,
        )
        self._resyncs = Counter(
            "wool_discovery_resyncs_total",
            "Times that everything was listed, by why.",
            ["source", "cause"],
            registry=self.registry,
        )
        self._synced = Gauge(
            "wool_discovery_last_sync_timestamp_seconds",
            "When everything was last listed.",
            ["source"],
            registry=self.registry,
        )
        build = Gauge(
            "wool_build_info",
            "Which versions run here.",
            ["version", "python", "grpc", "protobuf"],
            registry=self.registry,
        )
        versions = platform.python_version(), grpc.__version__, google.protobuf.__version__
        build.labels(VERSION, *versions).set(1)
        ProcessCollector(registry=self.registry)
        self._begin_at_zero(sources)

    def event(self, source: str, type: str) -> None:
        """Count that a worker was added, updated or dropped."""
        self._events.labels(source, f"worker-{type}").inc()

    def workers(self, source: str, number: int) -> None:
        """Note how many workers *source* has found."""
        self._workers.labels(source).set(number)

    def resync(self, source: str, cause: str) -> None:
        """Count that everything was listed."""
        self._resyncs.labels(source, cause if cause in CAUSES else "other").inc()
        self._synced.labels(source).set(time.time())

    @contextmanager
    def served(self, host: str, port: int) -> Generator[None]:
        """
        Serve `/metrics` until the block is left, from a thread of its own.

        Raises:
            OSError: it cannot listen there.
        """
        try:
            server, thread = start_http_server(port, addr=host, registry=self.registry)
        except OSError as exc:
            raise OSError(f"cannot serve metrics on {host}:{port}: {exc.strerror or exc}") from exc
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _begin_at_zero(self, sources: Iterable[str]) -> None:
        for source in sources:
            self._workers.labels(source)
            for event in EVENT_TYPES:
                self._events.labels(source, event)
            if source == "docker":
                for cause in CAUSES:
                    self._resyncs.labels(source, cause)
