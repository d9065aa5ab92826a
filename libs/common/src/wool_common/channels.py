"""Build gRPC channels and servers with one set of options on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import grpc.aio

from wool_common.credentials import WorkerCredentials

Option = tuple[str, int | str]

OPTIONS: Final[Sequence[Option]] = (
    # Messages are bounded by the outbox; a value of any size passes in pieces.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    # One large window, so that chunks stream without waiting for its update.
    ("grpc.http2.lookahead_bytes", 4 * 1024 * 1024),
)
CHANNEL_OPTIONS: Final[Sequence[Option]] = (
    *OPTIONS,
    # Every worker has a connection of its own, also where two share an address in turn.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)
SERVER_OPTIONS: Final[Sequence[Option]] = (
    *OPTIONS,
    # Two workers on one port would share its connections at the kernel's whim.
    ("grpc.so_reuseport", 0),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 5_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
)

# The published types of grpc.aio leave it out.
EOF: Final = cast(object, cast(Any, grpc.aio).EOF)
"""What reading from a stream returns once the peer has said everything."""


def channel(address: str, credentials: WorkerCredentials | None = None) -> grpc.aio.Channel:
    """
    Return a channel to *address*: `host:port` or `unix:/path`.

    With *credentials* the worker's certificate must name what is dialled. A path is not in
    any certificate, so a worker on a Unix socket must bear the caller's own first name.
    """
    if credentials is None:
        return grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
    options = CHANNEL_OPTIONS
    name = credentials.name if address.startswith("unix:") else None
    if name is not None:
        options = (*options, ("grpc.default_authority", name))
    return grpc.aio.secure_channel(address, credentials.client_credentials(), options=options)


def server(options: Sequence[Option] = ()) -> grpc.aio.Server:
    """Return a server that has no service and no port yet; *options* override."""
    return grpc.aio.server(options=tuple({**dict(SERVER_OPTIONS), **dict(options)}.items()))
