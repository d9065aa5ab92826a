"""Choose by which address a worker is announced, and by which it is dialled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, TypeAlias

from wool_common.errors import DiscoveryError

Address: TypeAlias = IPv4Address | IPv6Address

NAME: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One address this machine has, with the length of its network's prefix."""

    interface: str
    index: int
    address: Address
    prefix: int

    def reaches(self, other: Address) -> bool:
        """Tell whether *other* is in the network of this address."""
        return _bare(other) in ip_network((_bare(self.address), self.prefix), strict=False)


def literal(host: str) -> Address | None:
    """Return the address that *host* spells, None where it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_name(host: str) -> bool:
    """Tell whether *host* can be the name of a machine."""
    return NAME.fullmatch(host) is not None


def split(address: str) -> tuple[str, int]:
    """
    Return host and port of what gRPC dials.

    Raises:
        DiscoveryError: it is no place on a network.
    """
    host, colon, port = address.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    known = literal(bare) is not None or is_name(bare)
    if not colon or not port.isdecimal() or not 0 < int(port) < 65536 or not known:
        raise DiscoveryError(
            f"a worker at {address} cannot be announced on a network: have it listen on HOST:PORT"
        )
    return bare, int(port)


def advertised(bound: Address, own: Iterable[Network]) -> list[Address]:
    """
    Return by which addresses a worker that listens on *bound* can be reached.

    One that listens on everything has all of this machine's addresses, those for this
    machine only where there is no other.
    """
    if not bound.is_unspecified:
        return [bound]
    found = {_bare(n.address) for n in own if bound.version == 6 or n.address.version == 4}
    addresses = sorted(found, key=lambda one: (one.is_link_local, one.version, int(one)))
    return [one for one in addresses if not one.is_loopback] or addresses


def choose(offered: Iterable[Address], own: Sequence[Network]) -> Address | None:
    """
    Return which of the *offered* addresses of a worker to dial from here, None for none.

    First come those in a network of *own*, IPv4 before IPv6. An address that is also one of
    ours counts only where all are: two machines may both have, say, a bridge of their own
    with the same address.
    """
    mine = {_bare(network.address) for network in own}
    usable = [one for one in offered if not _lacks_scope(one)]
    others = [one for one in usable if _bare(one) not in mine] or usable
    versions = {network.address.version for network in own if not network.address.is_loopback}

    def rank(one: Address) -> tuple[bool, bool, bool, int, int]:
        near = any(network.reaches(one) for network in own)
        foreign = one.version not in versions
        return (foreign, one.is_link_local, not near, one.version, int(one))

    return min(others, key=rank, default=None)


def _bare(address: Address) -> Address:
    """Return *address* without the interface it is valid on."""
    return address if isinstance(address, IPv4Address) else IPv6Address(int(address))


def _lacks_scope(address: Address) -> bool:
    return isinstance(address, IPv6Address) and address.is_link_local and not address.scope_id
