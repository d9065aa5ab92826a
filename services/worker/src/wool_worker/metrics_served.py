"""Tell Prometheus how a worker does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import grpc.aio

from wool_common import logs
from wool_common.health import HEALTH_SERVICE, REFLECTION_SERVICE
from wool_common.metrics import names
from wool_common.metrics.dispatches import REASONS, DispatchCounts
from wool_common.metrics.exposition import own_registry
from wool_common.metrics.lag import LoopLag
from wool_common.metrics.numbers import Counts, Reading, Value
from wool_common.metrics.payloads import Payloads
from wool_common.metrics.rpc import Method, Rpcs, methods_of
from wool_common.metrics.rpc_client import CountingChannel
from wool_common.metrics.rpc_server import CountingInterceptor
from wool_common.metrics.serving import MetricsServer
from wool_common.watching import WATCHING
from wool_protocol.worker.v1 import service_pb2
from wool_worker.docket import Docket
from wool_worker.executor import Executor

SIDE: Final = "worker"

OWN: Final = methods_of(service_pb2.DESCRIPTOR.services_by_name["WorkerService"])
BESIDE: Final = (
    Method("unary", HEALTH_SERVICE, "Check"),
    Method("server_stream", HEALTH_SERVICE, "Watch"),
    Method("bidi_stream", REFLECTION_SERVICE, "ServerReflectionInfo"),
)

TOLD: Final = (
    *(names.ACTIVE, names.WAITING, names.TASK_SECONDS, names.REFUSALS, names.SESSIONS),
    *(names.PAYLOAD_BYTES, names.LOOP_LAG),
    *(names.DISPATCHES, names.DISPATCH_SECONDS, names.ATTEMPTS, names.POOL_WORKERS),
    *names.RPC_SERVER.all,
    *names.RPC_CLIENT.all,
)
"""What a worker tells, as a client of its peers too."""


class Measured:
    """Measures a worker, with the calls that its routines make, and serves what it finds."""

    def __init__(
        self, docket: Docket, loop: asyncio.AbstractEventLoop, host: str, port: int
    ) -> None:
        self.sizes = Payloads()
        self._docket = docket
        self._loop = loop
        self._host = host
        self._port = port
        self._answered = Rpcs(names.RPC_SERVER, (*OWN, *BESIDE))
        self._asked = Rpcs(names.RPC_CLIENT, OWN)
        self._dispatches = DispatchCounts(WATCHING)
        self._server: MetricsServer | None = None
        self._executor: Executor | None = None
        self._lags: Mapping[str, LoopLag] = {}
        self.interceptors: Sequence[grpc.aio.ServerInterceptor] = (
            CountingInterceptor(self._answered),
        )

    def serve(self, *, executor: Executor, sessions: Callable[[], int]) -> None:
        """Begin to measure and to serve `/metrics`; on the main loop."""
        self._executor = executor
        self._lags = {"main": LoopLag(self._loop), "routines": LoopLag(executor.loop)}
        counts = WorkerCounts(self._docket, sessions, self._lags)
        sources = (counts, self.sizes, self._dispatches, self._answered, self._asked)
        registry = own_registry(TOLD, sources)
        self._server = MetricsServer(registry, host=self._host, port=self._port)
        WATCHING.add(self._dispatches)
        WATCHING.metered = partial(CountingChannel, rpcs=self._asked)
        self._lags["main"].start()
        executor.do(self._lags["routines"].start)
        logs.get().info("metrics_served", url=self._server.url)

    def close(self) -> None:
        """End that; on the main loop, while the executor runs."""
        WATCHING.drop(self._dispatches)
        WATCHING.metered = None
        if self._server is not None:
            self._server.close()
        if self._executor is not None:
            self._lags["main"].stop()
            self._executor.do(self._lags["routines"].stop)


class WorkerCounts:
    """Tells what a worker counts of itself anyway."""

    def __init__(
        self, docket: Docket, sessions: Callable[[], int], lags: Mapping[str, LoopLag]
    ) -> None:
        self._docket = docket
        self._sessions = sessions
        self._lags = lags

    def read(self) -> list[Reading]:
        """Return what there is to tell."""
        load = self._docket.load()
        tallies = self._docket.tallies
        tasks: dict[tuple[str, ...], Value] = {
            (outcome, routine): Counts(tuple(tally.counts), tally.seconds)
            for routine, outcome, tally in tallies.series()
        }
        counted = dict.fromkeys(REASONS, 0) | tallies.refusals()
        refusals: dict[tuple[str, ...], Value] = {
            (reason,): float(count) for reason, count in counted.items()
        }
        lags: dict[tuple[str, ...], Value] = {
            (name,): lag.worst() for name, lag in self._lags.items()
        }
        return [
            Reading(names.ACTIVE, {(SIDE,): float(load.active)}),
            Reading(names.WAITING, {(SIDE,): float(load.waiting)}),
            Reading(names.TASK_SECONDS, tasks),
            Reading(names.REFUSALS, refusals),
            Reading(names.SESSIONS, {(SIDE,): float(self._sessions())}),
            Reading(names.LOOP_LAG, lags),
        ]
