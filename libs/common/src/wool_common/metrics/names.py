"""Every metric there is: names, labels and bounds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from wool_common.buckets import SECONDS

BYTES: Final = tuple(float(4**power) for power in range(3, 16))
"""Upper bounds in bytes, from 64 B to 1 GiB."""

PHASES: Final = ("pick", "serialize", "wait", "run", "deserialize", "total")
"""What a dispatch consists of; the last is all of the others together."""

STATES: Final = ("ready", "connecting", "evicted", "incompatible", "known")
"""How a pool can use a worker; `known` are those that others are used instead of."""

GO_CODES: Final = (
    *("OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound"),
    *("AlreadyExists", "PermissionDenied", "ResourceExhausted", "FailedPrecondition"),
    *("Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss"),
    "Unauthenticated",
)
"""The status codes by their number, as Go spells them."""

RPC: Final = ("grpc_type", "grpc_service", "grpc_method")


class Kind(Enum):
    """What a metric's numbers are."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """
    One metric; *sides* are the processes that have it.

    *bounds* are those of a histogram's buckets.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    sides: str
    bounds: tuple[float, ...] = ()


def _counter(name: str, help: str, *labels: str, sides: str) -> Metric:
    return Metric(name=name, kind=Kind.COUNTER, help=help, labels=labels, sides=sides)


def _gauge(name: str, help: str, *labels: str, sides: str) -> Metric:
    return Metric(name=name, kind=Kind.GAUGE, help=help, labels=labels, sides=sides)


def _seconds(name: str, help: str, *labels: str, sides: str) -> Metric:
    return Metric(
        name=name, kind=Kind.HISTOGRAM, help=help, labels=labels, sides=sides, bounds=SECONDS
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcMetrics:
    """What is measured of remote calls on one side."""

    started: Metric
    handled: Metric
    received: Metric
    sent: Metric
    seconds: Metric

    @property
    def all(self) -> tuple[Metric, ...]:
        """All of them."""
        return self.started, self.handled, self.received, self.sent, self.seconds


def _rpc(side: str, sides: str, did: str) -> RpcMetrics:
    prefix = f"grpc_{side}"
    return RpcMetrics(
        started=_counter(f"{prefix}_started_total", f"Calls that were {did}.", *RPC, sides=sides),
        handled=_counter(
            f"{prefix}_handled_total",
            "Calls that have ended, by their status.",
            *RPC,
            "grpc_code",
            sides=sides,
        ),
        received=_counter(
            f"{prefix}_msg_received_total", "Messages that have come.", *RPC, sides=sides
        ),
        sent=_counter(f"{prefix}_msg_sent_total", "Messages that were sent.", *RPC, sides=sides),
        seconds=_seconds(
            f"{prefix}_handling_seconds",
            "How long calls took, from their begin to their end.",
            *RPC,
            sides=sides,
        ),
    )


RPC_SERVER: Final = _rpc("server", "worker, discovery", "begun to be answered")
RPC_CLIENT: Final = _rpc("client", "client, worker, discovery", "begun")

DISPATCH_SECONDS: Final = _seconds(
    "wool_dispatch_seconds",
    "How long dispatches took, by phase; the phases add up to the total.",
    *("phase", "routine"),
    sides="client",
)
DISPATCHES: Final = _counter(
    "wool_dispatch_total",
    "Dispatches that have ended, by how.",
    *("outcome", "routine"),
    sides="client",
)
ATTEMPTS: Final = _counter(
    "wool_dispatch_attempts_total",
    "Attempts to have a worker take a task, by what came of each and why.",
    *("outcome", "reason"),
    sides="client",
)
ACTIVE: Final = _gauge(
    "wool_tasks_active",
    "Tasks that a worker has and that have not ended.",
    "side",
    sides="client, worker",
)
WAITING: Final = _gauge(
    "wool_tasks_waiting",
    "Tasks that wait: on a client for a worker, on a worker to begin.",
    "side",
    sides="client, worker",
)
TASK_SECONDS: Final = _seconds(
    "wool_task_seconds",
    "How long tasks took on the worker, from their arrival to their end.",
    *("outcome", "routine"),
    sides="worker",
)
REFUSALS: Final = _counter(
    "wool_refusals_total", "Tasks that were not let in, by why.", "reason", sides="worker"
)
PAYLOAD_BYTES: Final = Metric(
    name="wool_payload_bytes",
    kind=Kind.HISTOGRAM,
    help="Sizes of pickled arguments, results and other values.",
    labels=("direction",),
    sides="client, worker",
    bounds=BYTES,
)
SESSIONS: Final = _gauge("wool_sessions", "Sessions that are open.", "side", sides="client, worker")
POOL_WORKERS: Final = _gauge(
    "wool_pool_workers",
    "Workers of the pools of this process, by how they can be used.",
    "state",
    sides="client",
)
LOOP_LAG: Final = _gauge(
    "wool_loop_lag_seconds",
    "How late an event loop was, at the worst of the last quarter of a minute.",
    "loop",
    sides="client, worker",
)
DISCOVERY_WORKERS: Final = _gauge(
    "wool_discovery_workers",
    "Workers that are there now, by who has found them.",
    "source",
    sides="discovery",
)
DISCOVERY_EVENTS: Final = _counter(
    "wool_discovery_events_total",
    "Workers that were added, updated or dropped.",
    *("source", "type"),
    sides="discovery",
)
DISCOVERY_RESYNCS: Final = _counter(
    "wool_discovery_resyncs_total",
    "Times that everything was listed, by why.",
    *("source", "cause"),
    sides="discovery",
)
DISCOVERY_SYNCED: Final = _gauge(
    "wool_discovery_last_sync_timestamp_seconds",
    "When everything was last listed.",
    "source",
    sides="discovery",
)
BUILD: Final = _gauge(
    "wool_build_info",
    "Which versions run here; always 1.",
    *("version", "python", "grpc", "protobuf"),
    sides="client, worker, discovery",
)

METRICS: Final = (
    *(DISPATCH_SECONDS, DISPATCHES, ATTEMPTS, ACTIVE, WAITING, TASK_SECONDS, REFUSALS),
    *(PAYLOAD_BYTES, SESSIONS, POOL_WORKERS, LOOP_LAG),
    *(DISCOVERY_WORKERS, DISCOVERY_EVENTS, DISCOVERY_RESYNCS, DISCOVERY_SYNCED, BUILD),
    *RPC_SERVER.all,
    *RPC_CLIENT.all,
)
"""All of them, in the order of the documentation."""
