"""The ways in which workers are found, each behind the same few verbs."""

from __future__ import annotations

import asyncio
import functools
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol, cast
from uuid import uuid4

from describing import Describing
from serving import served

from wool.runtime.discovery.base import (
    DiscoveryEvent,
    DiscoveryEventType,
    DiscoveryLike,
    DiscoveryPublisherLike,
    DiscoverySubscriberLike,
    PredicateFunction,
)
from wool.runtime.discovery.dns import DnsDiscovery
from wool.runtime.discovery.docker import DockerDiscovery
from wool.runtime.discovery.lan import LanDiscovery
from wool.runtime.discovery.local import LocalDiscovery
from wool.runtime.discovery.static import StaticDiscovery
from wool.testing import FakeDiscovery
from wool_common.metadata import WorkerMetadata

SCRIPT: Final = Path(__file__).parent / "scripts" / "announcing.py"

INTERVAL: Final = 0.05
PLACES: Final = 4
"""How many workers those ways have room for that know addresses alone."""


class Listen(Protocol):
    """Begins an iteration: of the way's subscriber with that filter, or of another."""

    def __call__(
        self,
        filter: PredicateFunction | None = None,
        *,
        subscriber: DiscoverySubscriberLike | None = None,
    ) -> Ear: ...


class Way(ABC):
    """
    One kind of discovery, with workers that come and go while it is `opened`.

    To add one: write the verbs and say which *traits* it has. `publishes`: its publisher
    announces; `only_finds`: it refuses to. `dies`: processes announce with the class that
    *script* names, and may be killed. `holds_thousands`: of workers, at little cost.
    """

    traits: ClassVar[frozenset[str]]
    script: ClassVar[str] = ""
    limit: ClassVar[float] = 10.0
    """Seconds in which whatever happens must be told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.namespace = f"test-{uuid4().hex}"

    @functools.cached_property
    def discovery(self) -> DiscoveryLike:
        """The discovery that is tested."""
        return self.another()

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Listen]:
        """Yield a function that begins an iteration; in the end all are over, and nobody there."""
        async with AsyncExitStack() as stack:
            await self.open(stack)

            def listen(
                filter: PredicateFunction | None = None,
                *,
                subscriber: DiscoverySubscriberLike | None = None,
            ) -> Ear:
                events = aiter(subscriber or self.discovery.subscribe(filter))
                stack.push_async_callback(cast("Any", events).aclose)
                return Ear(events, self.limit)

            yield listen

    @abstractmethod
    async def open(self, stack: AsyncExitStack) -> None:
        """Do what is to be done first; *stack* undoes it."""

    @abstractmethod
    def another(self) -> DiscoveryLike:
        """Return one more object that finds the same workers, as another program would make."""

    @abstractmethod
    async def announce(self, worker: WorkerMetadata) -> WorkerMetadata:
        """Have *worker* be there; return what subscribers are told of it."""

    @abstractmethod
    async def update(self, worker: WorkerMetadata) -> WorkerMetadata:
        """Have *worker* say this about itself now; return what subscribers are told."""

    @abstractmethod
    async def withdraw(self, worker: WorkerMetadata) -> None:
        """Have *worker* be gone."""

    @asynccontextmanager
    async def process(self, *uids: str) -> AsyncGenerator[subprocess.Popen[bytes]]:
        """Announce workers of these ids from a process of its own, which is killed in the end."""
        assert self.script
        command = (sys.executable, str(SCRIPT), self.script, self.namespace, *uids)
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            try:
                said = await asyncio.to_thread(process.stdout.readline)
                assert said == b"announced\n"
                yield process
            finally:
                with suppress(ProcessLookupError):
                    process.kill()


class PublishingWay(Way):
    """A discovery that announces what it is told."""

    traits = frozenset({"publishes"})

    async def open(self, stack: AsyncExitStack) -> None:
        self.publisher: DiscoveryPublisherLike = await entered(stack, self.discovery.publisher)

    async def announce(self, worker: WorkerMetadata) -> WorkerMetadata:
        return await self._publish("worker-added", worker)

    async def update(self, worker: WorkerMetadata) -> WorkerMetadata:
        return await self._publish("worker-updated", worker)

    async def withdraw(self, worker: WorkerMetadata) -> None:
        await self._publish("worker-dropped", worker)

    async def _publish(self, type: DiscoveryEventType, worker: WorkerMetadata) -> WorkerMetadata:
        await self.publisher.publish(type, worker)
        return worker


async def entered(stack: AsyncExitStack, thing: Any) -> Any:
    """Return *thing*, entered for as long as *stack* is open."""
    if hasattr(thing, "__aenter__"):
        return await stack.enter_async_context(thing)
    return thing


class FakeWay(PublishingWay):
    traits = frozenset({"publishes", "holds_thousands"})

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._only = FakeDiscovery()

    def another(self) -> DiscoveryLike:
        return self._only


class LocalWay(PublishingWay):
    traits = frozenset({"publishes", "dies", "holds_thousands"})
    script = "wool.runtime.discovery.local:LocalDiscovery"

    def another(self) -> LocalDiscovery:
        return LocalDiscovery(self.namespace)


class LanWay(PublishingWay):
    """Speaks on the loopback interface alone, which carries multicast, too."""

    def another(self) -> LanDiscovery:
        return LanDiscovery(self.namespace, interfaces=["127.0.0.1"])


class AskingWay(Way):
    """A discovery that knows addresses, at each of which a worker may answer."""

    traits = frozenset({"only_finds"})

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.there: dict[str, tuple[str, Describing]] = {}

    async def open(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self._stop)

    async def _stop(self) -> None:
        for _, worker in self.there.values():
            await worker.stop()

    @abstractmethod
    async def place(self, worker: Describing) -> str:
        """Have *worker* answer at an address where nobody does; return the address."""

    async def announce(self, worker: WorkerMetadata) -> WorkerMetadata:
        answering = Describing(worker)
        address = await self.place(answering)
        self.there[worker.uid] = address, answering
        return replace(worker, address=address)

    async def update(self, worker: WorkerMetadata) -> WorkerMetadata:
        address, answering = self.there[worker.uid]
        answering.worker = worker
        return replace(worker, address=address)

    async def withdraw(self, worker: WorkerMetadata) -> None:
        _, answering = self.there.pop(worker.uid)
        await answering.stop()


class StaticWay(AskingWay):
    def another(self) -> DiscoveryLike:
        return StaticDiscovery(*self._addresses(), interval=INTERVAL)

    async def place(self, worker: Describing) -> str:
        taken = {address for address, _ in self.there.values()}
        address = next(address for address in self._addresses() if address not in taken)
        await worker.start(address)
        return address

    def _addresses(self) -> list[str]:
        return [f"unix:{self.folder / str(number)}" for number in range(PLACES)]


class DnsWay(AskingWay):
    """Resolves as a test's own resolver tells: whoever is there has an address."""

    def another(self) -> DnsDiscovery:
        return DnsDiscovery("workers", interval=INTERVAL, resolve=self._resolve)

    async def place(self, worker: Describing) -> str:
        return f"127.0.0.1:{await worker.start('127.0.0.1:0')}"

    async def _resolve(self, name: str, port: int) -> list[str]:
        assert (name, port) == ("workers", 50051)
        return [address for address, _ in self.there.values()]


class DockerWay(StaticWay):
    """Goes through a service that knows whoever is announced to it, and asks them itself."""

    traits = frozenset()

    def another(self) -> DockerDiscovery:
        return DockerDiscovery(address=f"unix:{self.folder / 'service'}")

    async def open(self, stack: AsyncExitStack) -> None:
        await super().open(stack)
        await stack.enter_async_context(served(self.folder / "service", "dns:nobody.invalid"))
        self.publisher: DiscoveryPublisherLike = await entered(stack, self.discovery.publisher)

    async def announce(self, worker: WorkerMetadata) -> WorkerMetadata:
        there = await super().announce(worker)
        await self.publisher.publish("worker-added", there)
        return there

    async def withdraw(self, worker: WorkerMetadata) -> None:
        await self.publisher.publish("worker-dropped", worker)
        await super().withdraw(worker)


WAYS: Final[dict[str, type[Way]]] = {
    "fake": FakeWay,
    "local": LocalWay,
    "lan": LanWay,
    "static": StaticWay,
    "dns": DnsWay,
    "docker": DockerWay,
}


class Ear:
    """Hears the events of one iteration, none of which may be malformed."""

    def __init__(self, events: AsyncIterator[DiscoveryEvent], limit: float) -> None:
        self._events = events
        self._limit = limit
        self.known: dict[str, WorkerMetadata] = {}

    async def next(self) -> DiscoveryEvent:
        """Return the next event, which must come within the way's limit."""
        async with asyncio.timeout(self._limit):
            event = await anext(self._events)
        worker = event.metadata
        match event.type:
            case "worker-added":
                assert worker.uid not in self.known
                self.known[worker.uid] = worker
            case "worker-updated":
                assert self.known[worker.uid] != worker
                self.known[worker.uid] = worker
            case "worker-dropped":
                del self.known[worker.uid]
        return event

    async def until(self, *workers: WorkerMetadata) -> None:
        """Hear until exactly *workers* are there."""
        wanted = {worker.uid: worker for worker in workers}
        while self.known != wanted:
            await self.next()
