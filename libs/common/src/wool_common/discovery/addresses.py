"""Read the addresses that people write."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

DEFAULT_PORT: Final = 50051
"""Where a worker listens that was not told otherwise."""

HOST: Final = re.compile(r"[^\s/:\[\]@?#%]+")
FORMS: Final = "host, host:port, [IPv6]:port or unix:/path"


def checked_address(address: object) -> str:
    """
    Return *address* as gRPC dials it, with a port.

    Raises:
        TypeError, ValueError: it is no address.
    """
    if not isinstance(address, str):
        raise TypeError(f"an address is a string ({FORMS}), not {address!r}")
    if address.startswith("unix:"):
        if not address.removeprefix("unix:").strip("/"):
            raise ValueError(f"an address that begins with unix: names a path, not {address!r}")
        return address
    if "://" in address:
        raise ValueError(f"{address!r} is a URL, and no address: {FORMS} was expected")
    host, port = _split(address)
    if port is None:
        return joined(host, DEFAULT_PORT)
    if not (port.isascii() and port.isdigit()):
        raise ValueError(f"the port in the address {address!r} is not a number")
    return joined(host, checked_port(f"the port in the address {address!r}", int(port)))


def checked_port(name: str, port: object) -> int:
    """
    Return *port*, on which a worker can be dialled.

    Raises:
        TypeError, ValueError: it is no port; the text begins with *name*.
    """
    if isinstance(port, bool) or not isinstance(port, int):
        raise TypeError(f"{name} must be a number, not {port!r}")
    if not 1 <= port <= 65535:
        raise ValueError(f"{name} must be from 1 to 65535, not {port}")
    return port


def checked_host(name: str, host: object) -> str:
    """
    Return *host*, which a resolver can be asked for.

    Raises:
        TypeError, ValueError: it is no name of a host; the text begins with *name*.
    """
    if not isinstance(host, str):
        raise TypeError(f"{name} must be a string, not {host!r}")
    if not HOST.fullmatch(host) and not _is_ipv6(host):
        raise ValueError(f"{name} must be the name of a host without a port, not {host!r}")
    return host


def joined(host: str, port: int) -> str:
    """Return what gRPC dials to reach *port* of *host*."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _split(address: str) -> tuple[str, str | None]:
    """Return the host and the port, None where no port is given."""
    if address.startswith("["):
        host, bracket, rest = address[1:].partition("]")
        if bracket and _is_ipv6(host) and (not rest or rest.startswith(":")):
            return host, rest[1:] if rest else None
    elif _is_ipv6(address):
        return address, None
    else:
        host, colon, port = address.partition(":")
        if HOST.fullmatch(host):
            return host, port if colon else None
    raise ValueError(f"{address!r} is no address: {FORMS} was expected")


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True
