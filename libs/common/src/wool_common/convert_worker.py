"""Translate what a worker says between frames and protobuf messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from wool_common import frames as f
from wool_common.convert_values import (
    Transfers,
    pack_metadata,
    pack_value,
    unpack_metadata,
    unpack_value,
)
from wool_common.errors import ProtocolViolation
from wool_protocol.worker.v1 import frames_pb2 as pb

# Fields are set in place: building a sub-message and assigning it copies it.


def _put_welcome(x: f.Welcome, m: pb.WorkerFrame, _: Transfers) -> None:
    pack_metadata(x.metadata, m.welcome.metadata)


def _put_turned(x: f.Turned, m: pb.WorkerFrame, _: Transfers) -> None:
    m.turned.details = x.details


def _put_load(x: f.Load, m: pb.WorkerFrame, _: Transfers) -> None:
    m.load.SetInParent()
    m.load.active, m.load.waiting = x


def _put_draining(_x: f.Draining, m: pb.WorkerFrame, _: Transfers) -> None:
    m.draining.SetInParent()


def _put_accepted(x: f.Accepted, m: pb.WorkerFrame, _: Transfers) -> None:
    m.task = x.task
    m.accepted.SetInParent()


def _put_refused(x: f.Refused, m: pb.WorkerFrame, _: Transfers) -> None:
    m.task = x.task
    m.refused.code = x.code
    m.refused.reason = x.reason
    m.refused.details = x.details
    if x.retry_after is not None:
        m.refused.retry_after_seconds = x.retry_after


def _put_yielded(x: f.Yielded, m: pb.WorkerFrame, t: Transfers) -> None:
    m.task = x.task
    pack_value(x.value, m.yielded.value, t)


def _put_cancelling(x: f.Cancelling, m: pb.WorkerFrame, _: Transfers) -> None:
    m.task = x.task
    m.cancelling.SetInParent()


def _put_returned(x: f.Returned, m: pb.WorkerFrame, t: Transfers) -> None:
    m.task = x.task
    pack_value(x.value, m.returned.value, t)
    if x.seconds:
        m.returned.run_seconds = x.seconds


def _put_raised(x: f.Raised, m: pb.WorkerFrame, t: Transfers) -> None:
    m.task = x.task
    pack_value(x.error, m.raised.error, t)
    if x.seconds:
        m.raised.run_seconds = x.seconds


def _put_cancelled(x: f.Cancelled, m: pb.WorkerFrame, _: Transfers) -> None:
    m.task = x.task
    m.cancelled.SetInParent()
    if x.seconds:
        m.cancelled.run_seconds = x.seconds


def _put_chunk(x: f.Chunk, m: pb.WorkerFrame, _: Transfers) -> None:
    m.chunk.transfer = x.transfer
    m.chunk.data = x.data


PUT_WORKER: Final[Mapping[type[f.WorkerFrame], Callable[..., None]]] = {
    f.Welcome: _put_welcome,
    f.Turned: _put_turned,
    f.Load: _put_load,
    f.Draining: _put_draining,
    f.Accepted: _put_accepted,
    f.Refused: _put_refused,
    f.Yielded: _put_yielded,
    f.Cancelling: _put_cancelling,
    f.Returned: _put_returned,
    f.Raised: _put_raised,
    f.Cancelled: _put_cancelled,
    f.Chunk: _put_chunk,
}


def _get_refused(m: pb.WorkerFrame, _: Transfers) -> f.Refused:
    x = m.refused
    after = x.retry_after_seconds if x.HasField("retry_after_seconds") else None
    return f.Refused(m.task, x.code, x.reason, x.details, after)


GET_WORKER: Final[Mapping[str, Callable[[pb.WorkerFrame, Transfers], f.WorkerFrame]]] = {
    "welcome": lambda m, t: f.Welcome(unpack_metadata(m.welcome.metadata)),
    "turned": lambda m, t: f.Turned(m.turned.details),
    "load": lambda m, t: f.Load(m.load.active, m.load.waiting),
    "draining": lambda m, t: f.Draining(),
    "accepted": lambda m, t: f.Accepted(m.task),
    "refused": _get_refused,
    "yielded": lambda m, t: f.Yielded(m.task, unpack_value(m.yielded.value, t)),
    "cancelling": lambda m, t: f.Cancelling(m.task),
    "returned": lambda m, t: f.Returned(
        m.task, unpack_value((x := m.returned).value, t), x.run_seconds
    ),
    "raised": lambda m, t: f.Raised(m.task, unpack_value((x := m.raised).error, t), x.run_seconds),
    "cancelled": lambda m, t: f.Cancelled(m.task, m.cancelled.run_seconds),
    "chunk": lambda m, t: f.Chunk(m.chunk.transfer, m.chunk.data),
}


def read_worker(m: pb.WorkerFrame, transfers: Transfers) -> f.WorkerFrame:
    """Return the frame in *m*, or blame the peer for an empty or unknown one."""
    kind = m.WhichOneof("kind")
    if kind is None:
        raise ProtocolViolation("a worker frame of unknown kind arrived")
    return GET_WORKER[kind](m, transfers)
