"""Announce workers to the network."""

from __future__ import annotations

import asyncio
import inspect
import logging
import warnings
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import count
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeAlias

from wool_common.discovery.lan_addresses import (
    Address,
    advertised,
    literal,
    split,
)
from wool_common.discovery.lan_arguments import (
    checked_host,
    checked_interfaces,
    checked_namespace,
    resolved,
)
from wool_common.discovery.lan_records import LanRecord, encode, label
from wool_common.discovery.lan_sightings import Heard, Text
from wool_common.discovery.lan_zeroconf import Air, Announcement, networks
from wool_common.discovery.protocols import DiscoveryEventType
from wool_common.discovery.subscriber import checked_type
from wool_common.errors import DiscoveryError, LoopbackAdvertisementWarning
from wool_common.metadata import WorkerId, WorkerMetadata

log: Final = logging.getLogger("wool")

AdvertiseHost: TypeAlias = str | Callable[[], str | Awaitable[str]] | None

LIFETIME: Final = 15
"""Seconds after which a worker is gone for all whose publisher was killed or cut off."""

RENEW: Final = 5.0
"""Seconds between looks at which networks this machine is on."""

LOOPBACK: Final = ("127.0.0.1",)


class _Said(NamedTuple):
    """What was told of one worker, and where."""

    air: Air
    announcement: Announcement
    record: LanRecord

    def has(self, port: int, addresses: Sequence[Address]) -> bool:
        """Tell whether it was said to be there."""
        return self.announcement.port == port and self.announcement.addresses == tuple(addresses)


class LanPublisher:
    """
    Announces workers to the network, from the first entry to the last exit, on one event loop.

    A worker that listens on everything is announced with every address of this machine's
    *interfaces* (names or addresses; None: all), any other with its own. *advertise_host*,
    a name or an address or what returns one, takes their place; a name is what clients
    dial. A worker that only this machine can reach is announced to it alone, with a
    warning. Readers drop what a killed publisher announced after *lifetime* seconds.
    """

    def __init__(
        self,
        namespace: str | None = None,
        *,
        advertise_host: AdvertiseHost = None,
        interfaces: Sequence[str] | None = None,
        lifetime: int = LIFETIME,
    ) -> None:
        self._namespace = checked_namespace(namespace)
        self._interfaces = checked_interfaces(interfaces)
        if advertise_host is not None and not callable(advertise_host):
            advertise_host = checked_host(advertise_host)
        if not 2 <= lifetime <= 120:
            raise ValueError(f"lifetime must be from 2 to 120 seconds, not {lifetime!r}")
        self._advertise_host = advertise_host
        self._lifetime = lifetime
        self._said: dict[WorkerId, _Said] = {}
        self._names: dict[str, WorkerId] = {}
        self._texts: dict[str, deque[bytes]] = {}
        self._airs: dict[bool, Air] = {}
        self._revisions = count()
        self._is_afar = True
        self._entered = 0
        self._undo: AsyncExitStack | None = None

    @property
    def bind_host(self) -> str:
        """The address workers must listen on to be reached by whoever finds them."""
        own = [one.address for one in networks(self._interfaces)]
        versions = {address.version for address in own if not address.is_loopback}
        return "::" if versions == {6} else "0.0.0.0"

    async def __aenter__(self) -> Self:
        self._entered += 1
        if self._entered > 1:
            return self
        own = networks(self._interfaces)
        self._is_afar = self._interfaces is None or not all(n.address.is_loopback for n in own)
        try:
            async with AsyncExitStack() as stack:
                self._one_at_a_time = asyncio.Lock()
                await self._air(stack, local=False)
                tending = asyncio.create_task(self._tend(), name="lan-publisher")
                stack.push_async_callback(_end, tending)
                self._undo = stack.pop_all()
        except BaseException:
            self._entered = 0
            self._airs.clear()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._entered -= 1
        # Whoever entered first may still want it.
        if self._entered or self._undo is None:
            return
        undo, self._undo = self._undo, None
        async with self._one_at_a_time:
            for told in (self._airs, self._said, self._names, self._texts):
                told.clear()
            await undo.aclose()

    async def publish(self, type: DiscoveryEventType, metadata: WorkerMetadata) -> None:
        """
        Tell the network.

        Raises:
            ValueError: *type* is none of the three, or what `advertise_host` returned is
                no host.
            DiscoveryError: the worker has no address others could dial, or the publisher
                has not been entered.
        """
        checked_type(type)
        if self._undo is None:
            raise DiscoveryError("enter the publisher first: async with LanPublisher() as p")
        async with self._one_at_a_time:
            if type == "worker-dropped":
                await self._withdraw(metadata.uid)
            else:
                await self._announce(metadata)

    async def _announce(self, worker: WorkerMetadata) -> None:
        host, port = split(worker.address)
        name = await self._host_to_tell()
        addresses = await self._addresses(name or host)
        before = self._said.get(worker.uid)
        record = LanRecord(
            worker=worker,
            namespace=self._namespace,
            host=name if name is not None and literal(name) is None else None,
            revision=next(self._revisions) if before is None else before.record.revision,
        )
        local = self._is_afar and all(address.is_loopback for address in addresses)
        if local and (before is None or before.record.worker.address != worker.address):
            _warn_of_loopback(worker)
        if self._undo is None:
            raise DiscoveryError("the publisher was left meanwhile")
        air = await self._air(self._undo, local=local)
        if before is not None and before.air is not air:
            await before.air.withdraw(before.announcement)
            before = None
        if before is not None and before.record == record and before.has(port, addresses):
            return
        if before is not None:
            record = replace(record, revision=next(self._revisions))
        said = Announcement(
            label=label(worker.uid, self._namespace),
            port=port,
            addresses=tuple(addresses),
            text=encode(record),
            lifetime=self._lifetime,
        )
        self._texts.setdefault(said.name, deque(maxlen=8)).append(said.text)
        await air.announce(said, again=before is not None)
        self._said[worker.uid] = _Said(air, said, record)
        self._names[said.name] = worker.uid

    async def _withdraw(self, uid: WorkerId) -> None:
        if (said := self._said.pop(uid, None)) is not None:
            self._names.pop(said.announcement.name, None)
            self._texts.pop(said.announcement.name, None)
            await said.air.withdraw(said.announcement)

    async def _host_to_tell(self) -> str | None:
        host = self._advertise_host
        if not callable(host):
            return host
        told = await asyncio.to_thread(host)
        return checked_host(await told if inspect.isawaitable(told) else told)

    async def _addresses(self, host: str) -> list[Address]:
        if (address := literal(host)) is not None:
            found = advertised(address, networks(self._interfaces))
        else:
            found = await resolved(host)
        if not found:
            raise DiscoveryError(f"this machine has no address by which {host} could be reached")
        return found

    async def _air(self, stack: AsyncExitStack, *, local: bool) -> Air:
        """Return what speaks to this machine alone, or to the network."""
        if local not in self._airs:
            air = await Air.open(LOOPBACK if local else self._interfaces, self._hear)
            stack.push_async_callback(air.aclose)
            self._airs[local] = air
        return self._airs[local]

    async def _tend(self) -> None:
        """Follow the networks as they come and go."""
        own = networks(self._interfaces)
        while True:
            await asyncio.sleep(RENEW)
            try:
                now = networks(self._interfaces)
                if now != own:
                    own = now
                    for said in tuple(self._said.values()):
                        await self.publish("worker-updated", said.record.worker)
                # Last: on a new network it says all of this again.
                await self._airs[False].renew()
            except Exception:  # the network may be better in a moment
                log.warning("workers could not be announced anew; trying again", exc_info=True)

    def _hear(self, heard: Sequence[Heard]) -> None:
        for record in heard:
            if not isinstance(record, Text) or record.name not in self._names or not record.ttl:
                continue
            texts = self._texts[record.name]
            if record.data not in texts:
                texts.append(record.data)  # tells it once
                uid = self._names[record.name]
                log.warning(
                    "somebody else announces a worker %s, too: each needs a uid of its own", uid
                )


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _warn_of_loopback(worker: WorkerMetadata) -> None:
    warnings.warn(
        f"worker {worker.uid} listens on {worker.address}, so only programs on this machine"
        " will find it; have it listen on 0.0.0.0 or on an address of the network",
        LoopbackAdvertisementWarning,
        stacklevel=4,
    )
