"""Say by which host others reach this machine."""

from __future__ import annotations

import socket
from typing import Final

ELSEWHERE: Final = {
    "0.0.0.0": ((socket.AF_INET, "192.0.2.1", "127.0.0.1"),),
    "::": ((socket.AF_INET6, "2001:db8::1", "::1"), (socket.AF_INET, "192.0.2.1", "127.0.0.1")),
}
"""For each address that stands for all: what is reserved for examples, and the loopback."""


def is_wildcard(host: str) -> bool:
    """Tell whether *host* stands for all addresses of this machine."""
    return host.strip("[]") in ELSEWHERE


def reachable(host: str) -> str:
    """
    Return what others dial for a worker that listens on *host*.

    Where that stands for all addresses, it is the one that leads out of this machine; the
    loopback address where none does.
    """
    ways = ELSEWHERE.get(host.strip("[]"))
    if ways is None:
        return host
    found = (_source(family, far) for family, far, _ in ways)
    return next((own for own in found if own is not None), ways[0][2])


def joined(host: str, port: int) -> str:
    """Return host and port in one, as gRPC spells it."""
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def _source(family: socket.AddressFamily, far: str) -> str | None:
    """Return the address from which packets to *far* would be sent; none is sent."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            return str(probe.getsockname()[0])
    except OSError:
        return None
