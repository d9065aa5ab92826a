"""Translate between the service's messages and what it decides on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wool_common.convert_values import pack_metadata
from wool_common.discovery.protocols import DiscoveryEvent
from wool_common.metadata import WorkerId
from wool_discovery_docker.announced import Announcement
from wool_discovery_docker.wishes import Wish
from wool_protocol.discovery.v1 import discovery_pb2 as pb


def read_wish(request: pb.WatchRequest) -> Wish:
    """Return what *request* asks for."""
    return Wish(
        network=request.network,
        labels=tuple(sorted(request.labels.items())),
        namespace=request.namespace,
        tags=frozenset(request.tags),
    )


def read_announcement(request: pb.AnnounceRequest) -> Announcement:
    """Return what *request* says; of the worker itself only who and where it is counts."""
    return Announcement(
        uid=WorkerId(request.metadata.uid),
        address=request.metadata.address,
        namespace=request.namespace,
        container=request.container,
    )


def write_changes(
    events: Iterable[DiscoveryEvent],
    sources: Mapping[WorkerId, str],
    *,
    gone: Iterable[WorkerId] = (),
    synced: bool = False,
) -> pb.WatchResponse:
    """Return *events* in one message; first those who are *gone* or dropped, then the others."""
    response = pb.WatchResponse(synced=synced)
    for uid in gone:
        response.changes.add().dropped = uid
    present: list[DiscoveryEvent] = []
    for event in events:
        if event.type == "worker-dropped":
            response.changes.add().dropped = event.metadata.uid
        else:
            present.append(event)
    for event in present:
        member = response.changes.add().present
        pack_metadata(event.metadata, member.metadata)
        member.source = sources.get(event.metadata.uid, "")
    return response
