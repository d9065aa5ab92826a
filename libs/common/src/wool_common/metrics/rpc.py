"""Count remote calls, of either side and all four shapes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from wool_common.metrics.names import GO_CODES, RpcMetrics
from wool_common.metrics.numbers import Buckets, Counts, Reading, Value

UNKNOWN: Final = 2
CANCELED: Final = 1
OK: Final = 0


class Method(NamedTuple):
    """One method of a service, as Prometheus labels it."""

    type: str
    service: str
    name: str


def shape(*, streams_in: bool, streams_out: bool) -> str:
    """Return the type of a method in the words of the ecosystem."""
    if streams_in:
        return "bidi_stream" if streams_out else "client_stream"
    return "server_stream" if streams_out else "unary"


def method_of(path: str, *, streams_in: bool, streams_out: bool) -> Method:
    """Return the method that gRPC calls *path*: `/service/name`."""
    service, _, name = path.strip("/").rpartition("/")
    return Method(shape(streams_in=streams_in, streams_out=streams_out), service, name)


def methods_of(*services: Any) -> list[Method]:
    """Return the methods of *services*, given by their protobuf descriptors."""
    return [
        Method(
            shape(streams_in=method.client_streaming, streams_out=method.server_streaming),
            service.full_name,
            method.name,
        )
        for service in services
        for method in service.methods
    ]


class RpcCall:
    """One call under way; *sent* and *received* are counted by whoever carries it."""

    __slots__ = ("_rpcs", "begun", "is_over", "method", "received", "sent")

    def __init__(self, rpcs: Rpcs, method: Method, begun: float) -> None:
        self.method = method
        self.begun = begun
        self.sent = 0
        self.received = 0
        self.is_over = False
        self._rpcs = rpcs

    def end(self, code: int) -> None:
        """Note that it ended with the status *code*; only the first time counts."""
        self._rpcs.end(self, code)


class Rpcs:
    """
    Counts the remote calls of one side; may be used from any thread.

    The *methods* known beforehand are told from the start, each with every status at 0.
    """

    def __init__(
        self,
        metrics: RpcMetrics,
        methods: Iterable[Method] = (),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.metrics = metrics
        self._clock = clock
        self._lock = threading.Lock()
        self._ended: dict[Method, _Ended] = {}
        self._open: dict[int, RpcCall] = {}
        for method in methods:
            self._ended[method] = _Ended(metrics)

    def begin(self, method: Method) -> RpcCall:
        """Note that a call of *method* begins; its `end` has to follow."""
        call = RpcCall(self, method, self._clock())
        with self._lock:
            if method not in self._ended:
                self._ended[method] = _Ended(self.metrics)
            self._open[id(call)] = call
        return call

    def end(self, call: RpcCall, code: int) -> None:
        """Note that *call* ended with the status *code*; only the first time counts."""
        seconds = self._clock() - call.begun
        with self._lock:
            if call.is_over:
                return
            call.is_over = True
            del self._open[id(call)]
            ended = self._ended[call.method]
            ended.codes[code if 0 <= code < len(GO_CODES) else UNKNOWN] += 1
            ended.seconds.add(seconds)
            ended.sent += call.sent
            ended.received += call.received

    def read(self) -> list[Reading]:
        """Return what there is to tell."""
        started: dict[tuple[str, ...], Value] = {}
        handled: dict[tuple[str, ...], Value] = {}
        received: dict[tuple[str, ...], Value] = {}
        sent: dict[tuple[str, ...], Value] = {}
        seconds: dict[tuple[str, ...], Counts] = {}
        with self._lock:
            for method, ended in self._ended.items():
                here = [call for call in self._open.values() if call.method == method]
                started[method] = float(sum(ended.codes) + len(here))
                received[method] = float(ended.received + sum(call.received for call in here))
                sent[method] = float(ended.sent + sum(call.sent for call in here))
                seconds[method] = ended.seconds.read()
                for code, count in zip(GO_CODES, ended.codes, strict=True):
                    handled[*method, code] = float(count)
        metrics = self.metrics
        return [
            Reading(metrics.started, started),
            Reading(metrics.handled, handled),
            Reading(metrics.received, received),
            Reading(metrics.sent, sent),
            Reading(metrics.seconds, dict(seconds)),
        ]


class _Ended:
    """The calls of one method that have ended."""

    __slots__ = ("codes", "received", "seconds", "sent")

    def __init__(self, metrics: RpcMetrics) -> None:
        self.codes = [0] * len(GO_CODES)
        self.seconds = Buckets(metrics.seconds.bounds)
        self.sent = 0
        self.received = 0
