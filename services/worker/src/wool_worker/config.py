"""What a worker is told before it starts."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wool_common.credentials import WorkerCredentials
from wool_common.metadata import NO_EXTRA, WorkerId
from wool_common.startup import GRACE, StartConfig

if TYPE_CHECKING:
    from wool_common.backpressure import BackpressureLike


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """
    What a worker is told before it starts.

    Where *socket_path* is given, *host* and *port* mean nothing. With *credentials* it
    speaks TLS and nothing else. *backpressure* has been loaded and *preload* imported.
    """

    uid: WorkerId
    host: str | None = None
    port: int = 0
    socket_path: str | None = None
    tags: frozenset[str] = frozenset()
    extra: Mapping[str, str] = field(default_factory=lambda: NO_EXTRA)
    shutdown_grace_period: float = GRACE
    credentials: WorkerCredentials | None = None
    insecure: bool = False
    backpressure: BackpressureLike | None = None
    preload: tuple[str, ...] = ()
    options: tuple[tuple[str, int | str], ...] = ()
    log_level: str = "info"
    log_format: str = "auto"
    loop: str = "auto"

    @property
    def bind(self) -> str:
        """What the server is to listen on, as gRPC spells it."""
        return self.address(self.port)

    def address(self, port: int) -> str:
        """Return what clients dial once the server is bound to *port*."""
        if self.socket_path is not None:
            return f"unix:{self.socket_path}"
        host = self.host or "127.0.0.1"
        return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def from_parent(told: StartConfig) -> WorkerConfig:
    """Return what the parent told, opening the pickles it sent; *sys.path* must be set."""
    hook: BackpressureLike | None = None
    if told.backpressure is not None:
        hook = pickle.loads(told.backpressure)
    packed = told.credentials
    return WorkerConfig(
        uid=told.uid,
        host=told.host,
        port=told.port,
        socket_path=told.socket_path,
        tags=told.tags,
        extra=told.extra,
        shutdown_grace_period=told.shutdown_grace_period,
        credentials=None if packed is None else WorkerCredentials.unpacked(packed),
        backpressure=hook,
        options=told.options,
        log_level=told.log_level,
        log_format=told.log_format,
        loop=told.loop,
    )
