"""Translate the parts of frames: metadata, and values small and large."""

from __future__ import annotations

from types import MappingProxyType
from typing import Protocol

from wool_common import frames as f
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_common.pickling.inbound import Inbound
from wool_common.pickling.values import Parcel, Segment
from wool_protocol.worker.v1 import frames_pb2 as pb
from wool_protocol.worker.v1 import metadata_pb2 as mpb


class Transfers(Protocol):
    """What large values need: numbers for those that leave, places for those that arrive."""

    def depart(self, parcel: Parcel) -> int: ...

    def arrive(self, transfer: int, segments: list[Segment]) -> Inbound: ...


def pack_metadata(worker: WorkerMetadata, out: mpb.Metadata) -> None:
    """Write *worker* into *out*."""
    out.uid = worker.uid
    out.address = worker.address
    out.pid = worker.pid
    out.version = worker.version
    out.tags.extend(sorted(worker.tags))
    out.extra.update(worker.extra)
    out.secure = worker.secure
    out.python = worker.python
    out.protocol = worker.protocol


def unpack_metadata(m: mpb.Metadata) -> WorkerMetadata:
    """Return the metadata in *m*."""
    return WorkerMetadata(
        uid=WorkerId(m.uid),
        address=m.address,
        pid=m.pid,
        version=m.version,
        tags=frozenset(m.tags),
        extra=MappingProxyType(dict(m.extra)),
        secure=m.secure,
        python=m.python,
        protocol=m.protocol,
    )


def pack_value(payload: f.Payload, out: pb.Value, transfers: Transfers) -> None:
    """Write *payload* into *out*; a large one is announced, and leaves in chunks."""
    if type(payload) is bytes:
        out.data = payload
        return

    if not isinstance(payload, Parcel):
        raise TypeError(f"only bytes and parcels can be sent, not {type(payload).__name__}")
    out.transfer = transfers.depart(payload)
    for segment in payload.segments:
        out.segments.add(size=segment.size, out_of_band=segment.out_of_band)


def unpack_value(value: pb.Value, transfers: Transfers) -> f.Payload:
    """Return the payload in *value*; a large one is still to arrive."""
    if not value.transfer:
        return value.data

    segments = [Segment(size=s.size, out_of_band=s.out_of_band) for s in value.segments]
    return transfers.arrive(value.transfer, segments)
