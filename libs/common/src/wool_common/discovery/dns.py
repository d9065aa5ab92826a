"""Find workers behind a name."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from wool_common.credentials import CredentialsLike
from wool_common.discovery.addresses import (
    DEFAULT_PORT,
    checked_address,
    checked_host,
    checked_port,
    joined,
)
from wool_common.discovery.asking import INTERVAL, AskingDiscovery
from wool_common.discovery.lookups import Lookups
from wool_common.discovery.visits import Visits

Resolve = Callable[[str, int], Awaitable[Iterable[str]]]
"""Returns the addresses behind a name and a port; OSError where they cannot be told."""

LOOKUP_SECONDS: Final = 2.0
"""The name is resolved at least so often, for that costs less than asking a worker."""

LIMIT_INTERVALS: Final = 6
"""For how many intervals a name may be unknown before nobody is behind it."""


async def system_addresses(name: str, port: int) -> list[str]:
    """
    Return the IPv4 and IPv6 addresses that the system's resolver knows of *name*.

    Raises:
        OSError: it knows none, or cannot be asked.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [joined(str(address[0]), port) for *_, address in found]


class DnsDiscovery(AskingDiscovery):
    """
    Finds a worker at each address that *name* has: Compose, Swarm and Kubernetes give such names.

    Whoever is behind it is asked every *interval* seconds. The name is resolved as often, but
    at least every 2 seconds; an answer counts as complete, and a resolver that fails changes
    nothing. *resolve* takes the place of the system's resolver: an async function from the
    name and the port to the addresses. *credentials* are for asking; without, the pool's are
    used.

    Raises:
        TypeError, ValueError: an argument is not what it should be; the text names it.
    """

    def __init__(
        self,
        name: str,
        port: int = DEFAULT_PORT,
        *,
        interval: float = INTERVAL,
        credentials: CredentialsLike | None = None,
        resolve: Resolve = system_addresses,
    ) -> None:
        super().__init__(interval=interval, credentials=credentials)
        if not callable(resolve):
            raise TypeError(f"resolve must be an async function of name and port, not {resolve!r}")
        self._name = checked_host("name", name)
        self._port = checked_port("port", port)
        self._resolve = resolve

    async def _direct(self, visits: Visits) -> None:
        clock = asyncio.get_running_loop().time
        lookups = Lookups(self._name, limit=LIMIT_INTERVALS * self._interval)
        while True:
            try:
                found = await self._resolve(self._name, self._port)
                lookups.answer(map(checked_address, found))
            except OSError as exc:
                lookups.fail(exc, clock())
            visits.attend(lookups.addresses)
            await asyncio.sleep(min(self._interval, LOOKUP_SECONDS))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r}, {self._port})"
