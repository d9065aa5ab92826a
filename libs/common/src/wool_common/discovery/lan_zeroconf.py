"""Speak multicast DNS by way of zeroconf, which is imported nowhere else."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# zeroconf does not say what its awaitables give, which is nothing.

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

from wool_common.discovery.lan_addresses import Address, Network
from wool_common.discovery.lan_sightings import Heard, MachineAddress, Service, Text
from wool_common.errors import DiscoveryError

try:
    import ifaddr  # comes with zeroconf
    from zeroconf import (
        DNSAddress,  # pyright: ignore[reportPrivateImportUsage] - what listeners are given
        DNSOutgoing,  # pyright: ignore[reportPrivateImportUsage] - what `async_send` takes
        DNSQuestion,  # pyright: ignore[reportPrivateImportUsage] - what that is made of
        DNSRecord,  # pyright: ignore[reportPrivateImportUsage]
        DNSService,  # pyright: ignore[reportPrivateImportUsage]
        DNSText,  # pyright: ignore[reportPrivateImportUsage]
        Error,
        RecordUpdate,
        RecordUpdateListener,
        ServiceInfo,
        Zeroconf,
    )
    from zeroconf.asyncio import AsyncZeroconf
except ImportError as exc:
    raise ImportError("LanDiscovery needs an extra: pip install 'wool[lan]'") from exc

SERVICE: Final = "_wool._tcp.local."

POINTER: Final = 12
"""The type of DNS records that list instances of a service."""

INTERNET: Final = 1
"""The only class of DNS records in use."""

QUESTION: Final = 0
"""The flags of a packet that asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What is told of one worker: *label* is its name among all, *lifetime* in seconds."""

    label: str
    port: int
    addresses: tuple[Address, ...]
    text: bytes
    lifetime: int

    @property
    def name(self) -> str:
        """Return the full name, as records of it are heard with."""
        return f"{self.label}.{SERVICE}".lower()


class Air:
    """What is said and heard on a set of networks; made by `open`, ended by `aclose`."""

    def __init__(self, interfaces: Sequence[str] | None, zeroconf: AsyncZeroconf) -> None:
        self._interfaces = interfaces
        self._zeroconf = zeroconf
        self._ears: list[_Ear] = []
        self._saying: dict[str, asyncio.Future[None]] = {}
        self._withdrawing: dict[str, asyncio.Future[None]] = {}

    @classmethod
    async def open(
        cls,
        interfaces: Sequence[str] | None = None,
        hear: Callable[[Sequence[Heard]], None] | None = None,
    ) -> Air:
        """
        Return what speaks on *interfaces*, given by name or address; None: on all.

        *hear* is called with what each packet tells of workers, and must not raise.

        Raises:
            DiscoveryError: it cannot be spoken there.
        """
        places = _places(interfaces)
        try:
            zeroconf = AsyncZeroconf(interfaces=places)
            air = cls(interfaces, zeroconf)
            try:
                await zeroconf.zeroconf.async_wait_for_start()
            except BaseException:
                await air.aclose()
                raise
        except (OSError, RuntimeError, Error) as exc:
            raise DiscoveryError(f"multicast DNS cannot be spoken on this machine: {exc}") from exc
        if hear is not None:
            air._listen(hear)
        return air

    def ask(self) -> None:
        """Ask who is there."""
        # With no list of answers that are known already: each answer is a sign of life.
        question = DNSOutgoing(QUESTION)
        question.add_question(DNSQuestion(SERVICE, POINTER, INTERNET))
        self._zeroconf.zeroconf.async_send(question)

    async def announce(self, said: Announcement, *, again: bool) -> None:
        """Tell *said* to all; *again* where something else was told of this worker before."""
        info = _info(said)
        if again:
            done = await self._zeroconf.async_update_service(info)
        else:
            # Its label holds a digest of what is unique already, so nobody is asked for it.
            done = await self._zeroconf.async_register_service(info, cooperating_responders=True)
        self._repeat(said.label, done, self._saying)

    async def withdraw(self, said: Announcement) -> None:
        """Tell all that the worker of *said* is gone."""
        done = await self._zeroconf.async_unregister_service(_info(said))
        self._repeat(said.label, done, self._withdrawing)

    async def renew(self) -> None:
        """Speak on the networks that are there now."""
        if places := _places(self._interfaces, strict=False):
            await self._zeroconf.async_update_interfaces(interfaces=places)

    async def aclose(self) -> None:
        """Take back what was announced, and end."""
        for future in self._saying.values():
            future.cancel()
        repeating = [*self._saying.values(), *self._withdrawing.values()]
        await asyncio.gather(*repeating, return_exceptions=True)
        for ear in self._ears:
            self._zeroconf.zeroconf.async_remove_listener(ear)
        self._ears.clear()
        await self._zeroconf.async_close()

    def _listen(self, hear: Callable[[Sequence[Heard]], None]) -> None:
        ear = _Ear(hear)
        self._ears.append(ear)
        self._zeroconf.zeroconf.async_add_listener(ear, None)

    def _repeat(
        self, label: str, done: Awaitable[None], among: dict[str, asyncio.Future[None]]
    ) -> None:
        """Let zeroconf say it twice more, in place of what it still says of that worker."""
        for before in (self._saying.pop(label, None), self._withdrawing.pop(label, None)):
            if before is not None:
                before.cancel()
        future = among[label] = asyncio.ensure_future(done)

        def forget(ended: asyncio.Future[None]) -> None:
            if among.get(label) is ended:
                del among[label]

        future.add_done_callback(forget)


class _Ear(RecordUpdateListener):
    def __init__(self, hear: Callable[[Sequence[Heard]], None]) -> None:
        super().__init__()
        self._hear = hear

    def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:
        heard = [one for update in records for one in _translated(update.new, now)]
        if heard:
            self._hear(heard)


def networks(interfaces: Sequence[str] | None = None) -> list[Network]:
    """Return the addresses this machine has now, or those of them on *interfaces*."""
    found = list(_networks())
    if interfaces is None:
        return found
    return [one for one in found if {one.interface, str(one.address)} & set(interfaces)]


def _networks() -> Iterator[Network]:
    for adapter in ifaddr.get_adapters():
        for one in adapter.ips:
            text = one.ip if isinstance(one.ip, str) else one.ip[0]
            yield Network(
                interface=adapter.name,
                index=adapter.index or 0,
                address=ip_address(text.partition("%")[0]),
                prefix=one.network_prefix,
            )


def _places(interfaces: Sequence[str] | None, *, strict: bool = True) -> list[str | int]:
    """Return *interfaces* as zeroconf wants them: addresses of IPv4, indexes for IPv6."""
    own = networks(interfaces)
    places = {
        str(one.address) if one.address.version == 4 else one.index
        for one in own
        # No multicast of IPv6 goes there; that of IPv4 does.
        if not (one.address.version == 6 and one.address.is_loopback)
    }
    if strict and not places:
        wanted = (
            "it has no network" if interfaces is None else f"it is not on {', '.join(interfaces)}"
        )
        raise DiscoveryError(f"workers cannot be announced or found from this machine: {wanted}")
    return sorted(places, key=str)


def _info(said: Announcement) -> ServiceInfo:
    return ServiceInfo(
        SERVICE,
        f"{said.label}.{SERVICE}",
        port=said.port,
        properties=said.text,
        server=f"{said.label}.local.",
        host_ttl=said.lifetime,
        other_ttl=said.lifetime,
        addresses=[address.packed for address in said.addresses],
    )


def _translated(record: DNSRecord, now: float) -> Iterator[Heard]:
    if record.ttl and record.is_expired(now):
        return  # only zeroconf's memory of it has ended
    name = record.name.lower()
    if isinstance(record, DNSAddress):
        if (address := _address(record)) is not None:
            yield MachineAddress(name, address, record.ttl)
    elif not name.endswith("." + SERVICE):
        return
    elif isinstance(record, DNSService):
        yield Service(name, record.server.lower(), record.port, record.ttl)
    elif isinstance(record, DNSText):
        yield Text(name, record.text, record.ttl)


def _address(record: DNSAddress) -> Address | None:
    try:
        address = ip_address(record.address)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.is_link_local and record.scope_id:
        return ip_address(f"{address}%{record.scope_id}")
    return address
