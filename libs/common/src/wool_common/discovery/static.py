"""Find workers at addresses that are known beforehand."""

from __future__ import annotations

from wool_common.credentials import CredentialsLike
from wool_common.discovery.addresses import checked_address
from wool_common.discovery.asking import INTERVAL, AskingDiscovery
from wool_common.discovery.visits import Visits


class StaticDiscovery(AskingDiscovery):
    """
    Finds the workers at *addresses*: `host:port`, `[IPv6]:port`, `unix:/path`.

    A host without a port is asked at 50051. Each address is asked every *interval* seconds,
    so that a worker which has replaced another is found, and one that stays silent for two
    of them is dropped. *credentials* are for asking; without, the pool's are used.

    Raises:
        TypeError, ValueError: an argument is not what it should be; the text names it.
    """

    def __init__(
        self,
        *addresses: str,
        interval: float = INTERVAL,
        credentials: CredentialsLike | None = None,
    ) -> None:
        super().__init__(interval=interval, credentials=credentials)
        if not addresses:
            raise ValueError("addresses must not be empty: StaticDiscovery('host:port', ...)")
        self._addresses = tuple(dict.fromkeys(map(checked_address, addresses)))

    async def _direct(self, visits: Visits) -> None:
        visits.attend(self._addresses)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._addresses))})"
