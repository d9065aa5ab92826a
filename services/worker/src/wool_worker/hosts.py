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

    Where that stands for all addresses, it is the one that leads out of this machine; where
    none does, the first one on a network; the loopback address on a machine that is on none.
    """
    ways = ELSEWHERE.get(host.strip("[]"))
    if ways is None:
        return host
    for find in (_source, _on_a_network):
        for family, far, _ in ways:
            if (own := find(family, far)) is not None:
                return own
    return ways[0][2]


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


def _on_a_network(family: socket.AddressFamily, far: str) -> str | None:
    """Return this machine's first address of that kind on any network, wherever *far* is."""
    try:
        from wool_common.discovery.lan_zeroconf import networks
    except ImportError:
        return None  # nor can anybody on a network be told of this worker
    own = (network.address for network in networks())
    version = 6 if family is socket.AF_INET6 else 4
    usable = (one for one in own if not (one.is_loopback or one.is_link_local))
    return next((str(one) for one in usable if one.version == version), None)
