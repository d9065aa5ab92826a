"""Look for workers in the ways that discoveries do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final, Protocol, cast

from wool.cli.plainly import plainly
from wool.cli.roster import Roster
from wool_common.discovery.addresses import checked_address
from wool_common.discovery.dns import system_addresses
from wool_common.discovery.protocols import DiscoveryLike

RESOLVE_SECONDS: Final = 5.0
"""Seconds between two questions for the addresses behind a name."""

RETRY_SECONDS: Final = 2.0
"""The pause before a discovery that failed is asked again."""


class Source(Protocol):
    """Knows addresses of workers; *patience* is how long to wait for it to tell of all."""

    @property
    def name(self) -> str: ...

    @property
    def patience(self) -> float: ...

    async def watch(self, roster: Roster) -> None:
        """Tell *roster* of workers, and of what changes."""
        ...


class Fixed:
    """The addresses that were given."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.name = "static"
        self.patience = 0.0
        self._addresses = tuple(map(checked_address, addresses))

    async def watch(self, roster: Roster) -> None:
        """Tell of each address, once."""
        for address in self._addresses:
            roster.put(self.name, address)


class Named:
    """The addresses behind a name."""

    def __init__(self, host: str, port: int) -> None:
        self.patience = 0.0
        self.name = f"dns:{host}"
        self._host = host
        self._port = port

    async def watch(self, roster: Roster) -> None:
        """Tell of each address, asking for them again and again."""
        known: set[str] = set()
        while True:
            try:
                found = set(map(checked_address, await system_addresses(self._host, self._port)))
            except OSError as exc:
                roster.trouble(self.name, f"{self._host} has no address: {exc.strerror or exc}")
            else:
                for address in found:
                    roster.put(self.name, address)
                for address in known - found:
                    roster.drop(self.name, address)
                known = found
                roster.trouble(self.name, None)
            await asyncio.sleep(RESOLVE_SECONDS)


class Subscribed:
    """What a discovery tells of."""

    def __init__(self, name: str, discovery: DiscoveryLike, *, patience: float) -> None:
        self.name = name
        self.patience = patience
        self._discovery = discovery
        self._known: dict[str, str] = {}

    async def watch(self, roster: Roster) -> None:
        """Follow the discovery, from the beginning again where it fails."""
        loop = asyncio.get_running_loop()
        calm: asyncio.TimerHandle | None = None
        while True:
            try:
                await self._follow(roster)
                problem = "the discovery has ended"
            except Exception as exc:  # noqa: BLE001 - whatever it is, it is told and asked again
                problem = plainly(str(exc)) or type(exc).__name__
            finally:
                if calm is not None:
                    calm.cancel()
            roster.trouble(self.name, problem)
            await asyncio.sleep(RETRY_SECONDS)
            # It may have nobody to tell of.
            calm = loop.call_later(RETRY_SECONDS, roster.trouble, self.name, None)

    async def _follow(self, roster: Roster) -> None:
        async with AsyncExitStack() as stack:
            subscriber = self._discovery.subscriber
            if hasattr(subscriber, "__aenter__"):
                await stack.enter_async_context(cast(Any, subscriber))
            events = aiter(subscriber)
            stack.push_async_callback(_closed, events)
            async for event in events:
                roster.trouble(self.name, None)
                worker = event.metadata
                before = self._known.pop(worker.uid, None)
                if event.type != "worker-dropped":
                    self._known[worker.uid] = worker.address
                    roster.put(self.name, worker.address)
                if before is not None and before not in self._known.values():
                    roster.drop(self.name, before)


async def _closed(events: AsyncIterator[object]) -> None:
    close: Callable[[], Any] | None = getattr(events, "aclose", None)
    if close is not None:
        await close()
