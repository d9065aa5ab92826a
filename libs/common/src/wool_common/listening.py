"""Bind a server, and say plainly why it cannot be bound."""

from __future__ import annotations

import socket

import grpc.aio

from wool_common.channels import server_credentials
from wool_common.credentials import CredentialsLike


def listen(server: grpc.aio.Server, bind: str, credentials: CredentialsLike | None) -> int:
    """
    Have *server* listen on *bind*, as gRPC spells it, and return the port; 1 for a socket.

    Raises:
        OSError: it cannot; the text says where and why.
    """
    try:
        if credentials is None:
            port = server.add_insecure_port(bind)
        else:
            port = server.add_secure_port(bind, server_credentials(credentials))
    except RuntimeError as exc:
        raise OSError(f"cannot listen on {bind}: {_reason(bind) or exc}") from exc
    if not port:
        raise OSError(f"cannot listen on {bind}: {_reason(bind) or 'gRPC does not say why'}")
    return port


def _reason(bind: str) -> str:
    """Return what the system says when asked to bind the same; gRPC keeps it to itself."""
    host, colon, port = bind.rpartition(":")
    if bind.startswith("unix:") or not colon:
        return ""
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.bind(address)
    except OSError as exc:
        what = exc.strerror or str(exc)
        return (
            f"{what[:1].lower()}{what[1:]}: give another address or --port, or 0 for any free one"
        )
    return ""
