"""Check what users say about announcing on the network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import ip_address

from wool_common.discovery.lan_addresses import Address, is_name, literal
from wool_common.errors import DiscoveryError


def checked_host(host: object) -> str:
    """
    Return *host* as others may dial it: a name or an address, without a port.

    Raises:
        TypeError, ValueError: it is none; the text says `advertise_host`.
    """
    if not isinstance(host, str):
        raise TypeError(f"advertise_host is a name or an address, not {host!r}")
    bare = host.strip().removeprefix("[").removesuffix("]")
    address = literal(bare)
    if address is not None and address.is_unspecified:
        raise ValueError(f"advertise_host: nobody can dial {bare}, which stands for every address")
    if address is None and not is_name(bare):
        raise ValueError(f"advertise_host must be a name or an address without port, not {host!r}")
    return bare


def checked_namespace(namespace: object) -> str | None:
    """Return *namespace*, a text or None; raise TypeError or ValueError for anything else."""
    if namespace is not None and not isinstance(namespace, str):
        raise TypeError(f"namespace is a text, not {namespace!r}")
    if namespace is not None and not 0 < len(namespace) <= 200:
        raise ValueError("namespace has 1 to 200 characters, or is left out")
    return namespace


def checked_interfaces(interfaces: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return *interfaces*; raise TypeError or ValueError where they are no names."""
    if interfaces is None:
        return None
    if isinstance(interfaces, str) or not all(isinstance(one, str) for one in interfaces):
        raise TypeError(f"interfaces is a list of names or addresses, not {interfaces!r}")
    if not interfaces:
        raise ValueError("interfaces must name one or more, or be left out")
    return tuple(interfaces)


async def resolved(host: str) -> list[Address]:
    """
    Return the addresses of the machine named *host*.

    Raises:
        DiscoveryError: it has none; the text names it.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise DiscoveryError(f"{host} has no address: {exc.strerror or exc}") from exc
    return list(dict.fromkeys(ip_address(where[0]) for *_, where in found))
