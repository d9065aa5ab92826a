"""Build gRPC channels and servers with one set of options on both sides."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, cast

import grpc.aio

from wool_common.credentials import CredentialsLike, WorkerCredentials
from wool_common.watching import WATCHING

log = logging.getLogger("wool")

Option = tuple[str, int | str]

OPTIONS: Final[Sequence[Option]] = (
    # Messages are bounded by the outbox; a value of any size passes in pieces.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # A keepalive that finds another ping under way waits as long as that one does: a minute.
    ("grpc.http2.ping_timeout_ms", 10_000),
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


def channel(address: str, credentials: CredentialsLike | None = None) -> grpc.aio.Channel:
    """
    Return a channel to *address*: `host:port` or `unix:/path`.

    With *credentials*, a provider's being those of this moment, the worker's certificate
    must bear their identity; without an identity it must name what is dialled, or, a path
    being in no certificate, the caller's own first name on a Unix socket.
    """
    made = _channel(address, credentials)
    return made if WATCHING.metered is None else WATCHING.metered(made)


def _channel(address: str, credentials: CredentialsLike | None) -> grpc.aio.Channel:
    if credentials is None:
        return grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
    shown = credentials.current()
    options = CHANNEL_OPTIONS
    name = shown.expected_name(address)
    if name is not None:
        authority = f"[{name}]" if ":" in name else name
        options = (*options, ("grpc.default_authority", authority))
    return grpc.aio.secure_channel(address, shown.client_credentials(), options=options)


def server(
    options: Sequence[Option] = (), interceptors: Sequence[grpc.aio.ServerInterceptor] = ()
) -> grpc.aio.Server:
    """Return a server that has no service and no port yet; *options* override."""
    merged = {**dict(SERVER_OPTIONS), **dict(options)}
    return grpc.aio.server(interceptors=interceptors, options=tuple(merged.items()))


def server_credentials(credentials: CredentialsLike) -> grpc.ServerCredentials:
    """
    Return what a server listens with; a provider is asked again for each new connection.

    Whether clients must show a certificate stays as it is now.
    """
    if isinstance(credentials, WorkerCredentials):
        return credentials.server_credentials()
    rotation = _Rotation(credentials)
    first = rotation.shown.server_certificate_configuration()
    # The published types leave out that None stands for no change.
    changed = cast("Callable[[], grpc.ServerCertificateConfiguration]", rotation.changed)
    return grpc.dynamic_ssl_server_credentials(first, changed, rotation.shown.mutual)


class _Rotation:
    """Tells gRPC, from threads of its own, when a provider has other credentials."""

    def __init__(self, credentials: CredentialsLike) -> None:
        self._credentials = credentials
        self.shown = credentials.current()

    def changed(self) -> grpc.ServerCertificateConfiguration | None:
        """Return what to serve with from now on, None where that stays as it is."""
        try:
            now = self._credentials.current()
            if now == self.shown:
                return None
            configuration = replace(now, mutual=self.shown.mutual)
        except Exception:  # a provider of the user's own raises whatever it likes
            log.exception("credentials cannot be asked for; the former ones stay in use")
            return None
        self.shown = now
        return configuration.server_certificate_configuration()
