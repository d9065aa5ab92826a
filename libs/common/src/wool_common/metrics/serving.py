"""Serve `/metrics` from a thread."""

from __future__ import annotations

import socket
import threading
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

from wool_common.discovery.addresses import joined
from wool_common.metrics.exposition import CollectorRegistry, MetricsHandler

LOOK_SECONDS: Final = 0.1
"""How long it takes at most until the server sees that it is to end."""


class MetricsServer:
    """
    Serves what *registry* has at `http://host:port/metrics` until it is closed.

    A *port* of 0 stands for any free one.

    Raises:
        OSError: it cannot listen there.
    """

    def __init__(self, registry: CollectorRegistry, *, host: str, port: int) -> None:
        self.host = host.strip("[]")
        try:
            self._server = _Server(registry, self.host, port)
        except (OSError, OverflowError) as exc:
            reason = getattr(exc, "strerror", None) or exc
            raise OSError(f"cannot serve metrics on {host}:{port}: {reason}") from exc
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(LOOK_SECONDS,),
            name="wool-metrics",
            daemon=True,
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """What to have Prometheus read."""
        return f"http://{joined(self.host, self.port)}/metrics"

    def close(self) -> None:
        """End it; may be called twice."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self.close()


class _Server(ThreadingHTTPServer):
    def __init__(self, registry: CollectorRegistry, host: str, port: int) -> None:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self.address_family = family
        super().__init__((str(address[0]), port), MetricsHandler.factory(registry))

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: one who hangs up while being answered is no matter of ours."""
