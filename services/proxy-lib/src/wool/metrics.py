"""
Measure this process, for Prometheus.

    wool.metrics.serve(9464)        # http://127.0.0.1:9464/metrics
    wool.metrics.register()         # or beside what the application measures itself

Nothing is measured before one of them is called. Call it before pools are opened, for the
calls of channels that are open already are not counted. Where the environment says
WOOL_METRICS=off, neither does anything.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Final, Self

from wool.runtime.home_lags import HomeLags
from wool_common.metrics import names
from wool_common.metrics.dispatches import DispatchCounts
from wool_common.metrics.exposition import (
    REGISTRY,
    Build,
    CollectorRegistry,
    Everything,
    own_registry,
)
from wool_common.metrics.numbers import Source
from wool_common.metrics.rpc import Rpcs, methods_of
from wool_common.metrics.rpc_client import CountingChannel
from wool_common.metrics.serving import MetricsServer
from wool_common.metrics.switch import SWITCH, are_off
from wool_common.watching import WATCHING
from wool_protocol.worker.v1 import service_pb2

__all__ = ["Exposure", "register", "serve"]

log = logging.getLogger("wool")

TOLD: Final = (
    *(names.DISPATCHES, names.DISPATCH_SECONDS, names.ATTEMPTS, names.ACTIVE, names.WAITING),
    *(names.PAYLOAD_BYTES, names.SESSIONS, names.POOL_WORKERS, names.LOOP_LAG),
    *names.RPC_CLIENT.all,
)
"""What a client tells."""


class Exposure:
    """
    That this process is measured and Prometheus can ask; over once it is closed.

    *url* is where, None where the application serves it, or nothing is measured.
    """

    def __init__(self, close: Callable[[], None], url: str | None = None) -> None:
        self.url = url
        self._close: Callable[[], None] | None = close

    def close(self) -> None:
        """End it; may be called twice."""
        close, self._close = self._close, None
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self.close()


def serve(port: int, *, host: str = "127.0.0.1") -> Exposure:
    """
    Measure this process and serve `/metrics` on *port*, 0 standing for any free one.

    The versions, memory and processor time of the process are told, too.

    Raises:
        TypeError, ValueError: *port* is no port.
        OSError: it cannot listen there.
    """
    if isinstance(port, bool) or not isinstance(port, int):
        raise TypeError(f"port is a whole number from 0 to 65535, not {port!r}")
    if not 0 <= port <= 65535:
        raise ValueError(f"port is a whole number from 0 to 65535, not {port}")
    if are_off():
        return _nothing()
    server = MetricsServer(own_registry(TOLD, METER.sources), host=host, port=port)
    METER.enter()

    def close() -> None:
        METER.leave()
        server.close()

    return Exposure(close, server.url)


def register(registry: CollectorRegistry = REGISTRY) -> Exposure:
    """
    Measure this process and have *registry* tell what was measured beside its own.

    Raises:
        ValueError: it is registered there already.
    """
    if are_off():
        return _nothing()
    collector = Everything((*TOLD, names.BUILD), (*METER.sources, Build()))
    registry.register(collector)
    METER.enter()

    def close() -> None:
        METER.leave()
        registry.unregister(collector)

    return Exposure(close)


class Meter:
    """Measures this process while anybody wants it."""

    def __init__(self) -> None:
        rpcs = Rpcs(
            names.RPC_CLIENT, methods_of(service_pb2.DESCRIPTOR.services_by_name["WorkerService"])
        )
        self._dispatches = DispatchCounts(WATCHING)
        self._metered = partial(CountingChannel, rpcs=rpcs)
        self.sources: tuple[Source, ...] = (self._dispatches, rpcs, HomeLags(WATCHING))
        self._users = 0
        self._lock = threading.Lock()

    def enter(self) -> None:
        """Begin to measure, for one more."""
        with self._lock:
            self._users += 1
            if self._users == 1:
                WATCHING.add(self._dispatches)
                # On a worker that is measured, its own program counts the calls.
                WATCHING.metered = WATCHING.metered or self._metered

    def leave(self) -> None:
        """Cease to measure, unless others still want it."""
        with self._lock:
            self._users -= 1
            if not self._users:
                WATCHING.drop(self._dispatches)
                if WATCHING.metered is self._metered:
                    WATCHING.metered = None


def _nothing() -> Exposure:
    log.info("nothing is measured: %s says so", SWITCH)
    return Exposure(lambda: None)


METER: Final = Meter()
"""What a process has counted is the process's, whoever asks."""
