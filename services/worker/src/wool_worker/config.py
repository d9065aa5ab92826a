"""What a worker is told before it starts."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wool_common.credentials import CredentialsLike
from wool_common.metadata import NO_EXTRA, WorkerId
from wool_common.startup import GRACE, StartConfig
from wool_worker.hosts import joined, reachable

if TYPE_CHECKING:
    from wool_common.backpressure import BackpressureLike


@dataclass(frozen=True, slots=True)
class Announcement:
    """Where a worker tells that it is there; *kind* is `lan` or `local`."""

    kind: str
    namespace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """
    What a worker is told before it starts.

    Where *socket_path* is given, *host* and *port* mean nothing. With *credentials* it
    speaks TLS and nothing else. *backpressure* has been loaded and *preload* imported.
    *max_value* is the most bytes of a value that it takes. *advertise* is the host by which
    others reach it, where that is not the one it listens on. An empty *probe* answers none,
    and a *metrics_port* of 0 serves no metrics.
    """

    uid: WorkerId
    host: str | None = None
    port: int = 0
    socket_path: str | None = None
    tags: frozenset[str] = frozenset()
    extra: Mapping[str, str] = field(default_factory=lambda: NO_EXTRA)
    shutdown_grace_period: float = GRACE
    credentials: CredentialsLike | None = None
    insecure: bool = False
    backpressure: BackpressureLike | None = None
    max_value: int | None = None
    preload: tuple[str, ...] = ()
    probe: str = ""
    announce: tuple[Announcement, ...] = ()
    owner_timeout: float | None = None
    advertise: str | None = None
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    options: tuple[tuple[str, int | str], ...] = ()
    traces: bool = False
    log_level: str = "info"
    log_format: str = "auto"
    loop: str = "auto"

    @property
    def bind(self) -> str:
        """What the server is to listen on, as gRPC spells it."""
        return self.bound(self.port)

    def bound(self, port: int) -> str:
        """Return what the server listens on once it is bound to *port*."""
        if self.socket_path is not None:
            return f"unix:{self.socket_path}"
        return joined(self.host or "127.0.0.1", port)

    def address(self, port: int) -> str:
        """Return what clients dial once the server is bound to *port*."""
        if self.socket_path is not None:
            return f"unix:{self.socket_path}"
        host = self.advertise or self.host or "127.0.0.1"
        return joined(reachable(host), port)


def from_parent(told: StartConfig) -> WorkerConfig:
    """Return what the parent told, opening the pickles it sent; *sys.path* must be set."""
    hook, credentials = opened(told)
    return WorkerConfig(
        uid=told.uid,
        host=told.host,
        port=told.port,
        socket_path=told.socket_path,
        tags=told.tags,
        extra=told.extra,
        shutdown_grace_period=told.shutdown_grace_period,
        credentials=credentials,
        backpressure=hook,
        options=told.options,
        traces=told.traces,
        log_level=told.log_level,
        log_format=told.log_format,
        loop=told.loop,
    )


def opened(told: StartConfig) -> tuple[BackpressureLike | None, CredentialsLike | None]:
    """Return the hook and the credentials of which *told* has pickles, None for none."""
    hook: BackpressureLike | None = None
    if told.backpressure is not None:
        hook = pickle.loads(told.backpressure)
    credentials: CredentialsLike | None = None
    if told.credentials is not None:
        from wool_common.providers import unpacked  # most local workers have none

        credentials = unpacked(told.credentials)
    return hook, credentials
