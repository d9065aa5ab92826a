"""What the discovery service is told before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from wool_common.credentials import CredentialsLike
from wool_common.discovery import addresses
from wool_discovery_docker.wishes import BASE

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 50052
DEFAULT_WORKER_PORT: Final = addresses.DEFAULT_PORT


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """
    Where to look for workers; *kind* is `docker`, `lan` or `dns`.

    *name* is the namespace on the network, or the name to resolve.
    """

    kind: str
    name: str = ""
    port: int = DEFAULT_WORKER_PORT

    @property
    def title(self) -> str:
        """What people call it."""
        if not self.name:
            return self.kind
        port = f":{self.port}" if self.kind == "dns" else ""
        return f"{self.kind}:{self.name}{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryConfig:
    """
    What the discovery service is told before it starts.

    Where *socket_path* is given, *host* and *port* mean nothing. With *credentials* it
    speaks TLS and nothing else, with clients as with workers. *metrics_port* 0 serves no
    metrics, an empty *probe* answers none.
    """

    engine: str | None = None
    sources: tuple[SourceChoice, ...] = (SourceChoice("docker"),)
    network: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: BASE)
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    socket_path: str | None = None
    credentials: CredentialsLike | None = field(default=None, repr=False)
    insecure: bool = False
    metrics_port: int = 0
    probe: str = ""
    end_with_stdin: bool = False
    log_level: str = "info"
    log_format: str = "auto"

    @property
    def bind(self) -> str:
        """What the server is to listen on, as gRPC spells it."""
        return self.bound(self.port)

    def bound(self, port: int) -> str:
        """Return what the server listens on once it is bound to *port*."""
        if self.socket_path is not None:
            return f"unix:{self.socket_path}"
        return addresses.joined(self.host.strip("[]"), port)
