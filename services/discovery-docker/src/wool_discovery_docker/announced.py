"""Know the workers that were announced, for as long as somebody says so again."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Final, Protocol

from wool_common.credentials import CredentialsLike
from wool_common.errors import DiscoveryError, StatusCode
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_discovery_docker.asking import find
from wool_discovery_docker.containers import Container, addresses
from wool_discovery_docker.registry import Registry
from wool_discovery_docker.verifier import Place, Verifier
from wool_discovery_docker.wishes import Entry

LEASE_SECONDS: Final = 30.0
"""How long an announcement holds, unless it is made again."""

ADDRESS: Final = re.compile(r"(\[[0-9A-Fa-f:.]+(%\w+)?\]|[^\s:/\[\]]+):[0-9]{1,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What somebody says about a worker; *container* is empty where it runs in none."""

    uid: WorkerId
    address: str
    namespace: str = ""
    container: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an announcement is not taken, in words that say what to do."""

    code: StatusCode
    text: str


@dataclass(slots=True)
class _Lease:
    announcement: Announcement
    container: Container | None
    end: asyncio.TimerHandle


class Containers(Protocol):
    """Knows containers."""

    async def container(self, id: str) -> Container | None: ...


class Announced:
    """
    Puts announced workers into *registry*, while they answer and their lease lasts.

    Unix sockets are taken only with *same_machine*.
    """

    def __init__(
        self,
        registry: Registry,
        containers: Containers | None,
        *,
        credentials: CredentialsLike | None = None,
        same_machine: bool = False,
        lease: float = LEASE_SECONDS,
    ) -> None:
        self.lease = lease
        self._registry = registry
        self._containers = containers
        self._credentials = credentials
        self._same_machine = same_machine
        self._verifier = Verifier(self._tell, credentials)
        self._leases: dict[str, _Lease] = {}

    async def announce(self, announcement: Announcement) -> Refusal | None:
        """Know that worker for the time of the lease, or return why not."""
        uid = announcement.uid
        known = self._leases.get(uid)
        if known is not None and known.announcement == announcement:
            self._renew(known)
            return None
        if (refusal := self._misspelt(announcement)) is not None:
            return refusal
        container = await self._container(announcement)
        if isinstance(container, Refusal):
            return container
        place = _place(announcement, container)
        worker = await self._answering(announcement, place)
        if isinstance(worker, Refusal):
            return worker
        self.withdraw(uid)
        loop = asyncio.get_running_loop()
        end = loop.call_later(self.lease, self.withdraw, uid)
        self._leases[uid] = _Lease(announcement, container, end)
        self._verifier.watch(place, worker)
        return None

    def withdraw(self, uid: str) -> None:
        """Forget what was announced of that worker, if anything."""
        lease = self._leases.pop(uid, None)
        if lease is not None:
            lease.end.cancel()
            self._verifier.forget(uid)

    async def aclose(self) -> None:
        """Forget all."""
        for uid in tuple(self._leases):
            self.withdraw(uid)
        await self._verifier.aclose()

    def _misspelt(self, announcement: Announcement) -> Refusal | None:
        address = announcement.address
        if not announcement.uid:
            return _invalid("metadata.uid is empty: say which worker it is")
        if address.startswith("unix:"):
            if self._same_machine:
                return None
            return _invalid(
                f"{address} is a socket of its own machine: have the worker listen on a network,"
                " and announce the address by which others reach it"
            )
        if not ADDRESS.fullmatch(address):
            return _invalid(f"metadata.address must be host:port, not {address!r}")
        return None

    async def _container(self, announcement: Announcement) -> Container | Refusal | None:
        wanted = announcement.container
        if not wanted:
            return None
        if self._containers is None:
            return Refusal(
                StatusCode.FAILED_PRECONDITION,
                "this service watches no Docker Engine: leave the container out, or start it with"
                " --source docker",
            )
        try:
            container = await self._containers.container(wanted)
        except DiscoveryError as exc:
            return Refusal(StatusCode.UNAVAILABLE, str(exc))
        if container is None:
            return Refusal(
                StatusCode.NOT_FOUND,
                f"there is no container {wanted}: give the id of one of the Engine this service"
                " watches, or leave it out",
            )
        if not self._registry.is_wanted(container.labels):
            labels = ", ".join(f"{k}={v}" for k, v in self._registry.base.items())
            return Refusal(
                StatusCode.FAILED_PRECONDITION,
                f"container {container.name or wanted} does not carry the labels of workers"
                f" ({labels}): labels are given when a container is created, so create it with"
                " them",
            )
        return container

    async def _answering(
        self, announcement: Announcement, place: Place
    ) -> WorkerMetadata | Refusal:
        """Return what the worker says of itself."""
        inquiry, said = await find(place.addresses, self._credentials)
        if inquiry is not None:
            await inquiry.aclose()
        if said.worker is None:
            return Refusal(
                StatusCode.FAILED_PRECONDITION,
                f"no worker answers this service at {', '.join(place.addresses)}"
                f" ({said.problem}): announce it once it serves, at an address that can be"
                " reached from here",
            )
        if said.worker.uid != announcement.uid:
            return Refusal(
                StatusCode.FAILED_PRECONDITION,
                f"the worker at {said.worker.address} is {said.worker.uid}, not"
                f" {announcement.uid}: announce each worker at its own address",
            )
        return said.worker

    def _renew(self, lease: _Lease) -> None:
        lease.end.cancel()
        loop = asyncio.get_running_loop()
        lease.end = loop.call_later(self.lease, self.withdraw, lease.announcement.uid)

    def _tell(self, key: str, worker: WorkerMetadata | None) -> None:
        lease = self._leases.get(key)
        if lease is None or worker is None or worker.uid != key:
            self._registry.drop("announced", key)
            return
        namespace, container = lease.announcement.namespace, lease.container
        entry = Entry(source="announced", worker=worker, namespace=namespace, container=container)
        self._registry.put(key, entry)


def _place(announcement: Announcement, container: Container | None) -> Place:
    inside = () if container is None else addresses(container, "localhost")
    every = tuple(dict.fromkeys([announcement.address, *inside]))
    return Place(key=announcement.uid, name=f"worker {announcement.uid}", addresses=every)


def _invalid(text: str) -> Refusal:
    return Refusal(StatusCode.INVALID_ARGUMENT, text)
