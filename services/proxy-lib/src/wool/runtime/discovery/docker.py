"""Find the workers that run in Docker containers, wherever these were scheduled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing
from functools import partial
from types import TracebackType
from typing import Final, Self

from wool.runtime.checks import checked_credentials
from wool.runtime.discovery.base import DiscoveryEvent, DiscoveryEventType, PredicateFunction
from wool.runtime.discovery.docker_announcing import Announcing
from wool.runtime.discovery.docker_private import check_engine, private_service
from wool.runtime.discovery.docker_watch import Place, Watch, Way, Wish
from wool.runtime.worker.base import require_text
from wool.runtime.worker.docker_options import checked_texts
from wool_common.credentials import CredentialsLike
from wool_common.discovery.driven import driven
from wool_common.discovery.following import Board
from wool_common.discovery.subscriber import DiallingSubscriber, checked_type
from wool_common.engine import engine_url
from wool_common.metadata import WorkerMetadata

LABELS: Final[Mapping[str, str]] = {"wool.worker": "true"}
"""What containers of workers carry, unless others are asked for."""


class DockerDiscovery:
    """
    Finds workers in containers: standalone, of Compose, or tasks of a Swarm.

    They carry *labels*, their own or their service's, and are reached on *network* where
    it is given. A discovery service at *address* is asked; without one, this process runs
    one of its own that follows *engine*, None being what DOCKER_HOST says. With
    *credentials* a service at *address* is dialled, a private one asks the workers; without,
    the pool's are used.

    Raises:
        TypeError, ValueError: an argument is not what it should be; the text names it.
    """

    def __init__(
        self,
        network: str | None = None,
        labels: Mapping[str, str] = LABELS,
        *,
        address: str | None = None,
        credentials: CredentialsLike | None = None,
        namespace: str | None = None,
        engine: str | None = None,
    ) -> None:
        for name, value in (
            ("network", network),
            ("address", address),
            ("namespace", namespace),
            ("engine", engine),
        ):
            if value is not None:
                require_text(name, value)
        if address is not None and engine is not None:
            raise ValueError("engine has no meaning beside address, whose service has its own")
        self.wish = Wish(
            network=network or "",
            labels=checked_texts("labels", labels),
            namespace=namespace or "",
        )
        self.address = address
        self.engine = engine_url(engine)
        self.credentials = checked_credentials(credentials)
        self.announced = Board()
        """The workers that a private service is to hear of."""

    @property
    def publisher(self) -> DockerPublisher:
        """Announces workers to whoever asks the same service."""
        return DockerPublisher(self)

    @property
    def subscriber(self) -> DockerSubscriber:
        """A subscriber to every worker."""
        return self.subscribe()

    def subscribe(self, filter: PredicateFunction | None = None) -> DockerSubscriber:
        """
        Return a subscriber to the workers that *filter* wants; one that it fails on is none.

        Raises:
            TypeError: *filter* cannot be called.
        """
        return DockerSubscriber(self, filter)

    def follow(
        self, filter: PredicateFunction | None, credentials: CredentialsLike | None
    ) -> AsyncGenerator[DiscoveryEvent]:
        """Yield who is there, then what changes; *credentials* are the pool's."""
        own = self.credentials
        return driven(partial(self._drive, credentials if own is None else own), filter)

    async def check(self) -> None:
        """
        Return where workers can be looked for; a service elsewhere may still come.

        Raises:
            ImportError: what is needed is not installed; the text names the extra.
            DockerUnavailable: the Engine cannot be reached.
        """
        if self.address is None:
            await check_engine(self.engine)

    def __repr__(self) -> str:
        parts = [repr(self.wish.network or None)]
        parts += [f"labels={dict(self.wish.labels)}"] * (self.wish.labels != LABELS)
        parts += [f"address={self.address!r}"] * (self.address is not None)
        return f"{type(self).__name__}({', '.join(parts)})"

    async def _drive(self, credentials: CredentialsLike | None, board: Board) -> None:
        if self.address is not None:
            way = _fixed(Place(self.address, credentials))
            await Watch(way, self.wish, board, patient=True).run()
            return
        await self.check()
        async with private_service(self.engine, credentials) as service:
            announcing = Announcing(service.place, self.wish.namespace)
            watch = Watch(service.place, self.wish, board, patient=False)
            try:
                async with aclosing(self.announced.follow()) as own, asyncio.TaskGroup() as group:
                    group.create_task(announcing.follow(own), name="wool-docker-announce")
                    group.create_task(announcing.run(), name="wool-docker-renew")
                    await watch.run()
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None


class DockerSubscriber(DiallingSubscriber[DockerDiscovery]):
    """
    One who wants to hear of workers in containers; every iteration begins anew.

    Entered as an async context manager it tells at once where the Engine cannot be reached.
    """

    async def __aenter__(self) -> Self:
        await self._discovery.check()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Do nothing."""


class DockerPublisher:
    """
    Announces workers to a discovery service, and withdraws what it has announced when left.

    Workers in containers are found without it. A private service tells the subscribers of
    the same discovery alone.
    """

    bind_host: Final = "0.0.0.0"

    def __init__(
        self, discovery: DockerDiscovery, credentials: CredentialsLike | None = None
    ) -> None:
        self._discovery = discovery
        own = discovery.credentials
        self._credentials = credentials if own is None else own
        self._announcing: Announcing | None = None
        self._stack = AsyncExitStack()

    def dialling(self, credentials: CredentialsLike | None) -> DockerPublisher:
        """Return the same publisher, with *credentials* where its discovery has none."""
        return DockerPublisher(self._discovery, credentials)

    async def __aenter__(self) -> Self:
        found = self._discovery
        if found.address is not None and self._announcing is None:
            way = _fixed(Place(found.address, self._credentials))
            self._announcing = Announcing(way, found.wish.namespace)
            renewing = asyncio.create_task(self._announcing.run(), name="wool-docker-renew")
            self._stack.push_async_callback(_cancelled, renewing)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._announcing = None
        await self._stack.aclose()

    async def publish(self, type: DiscoveryEventType, metadata: WorkerMetadata) -> None:
        """
        Announce *metadata*, or withdraw it.

        Raises:
            RuntimeError: the publisher was not entered.
            RpcError: the service cannot be reached, or does not take it.
        """
        gone = checked_type(type) == "worker-dropped"
        if self._discovery.address is None:
            board = self._discovery.announced
            board.drop(metadata.uid) if gone else board.put(metadata)
            return
        if self._announcing is None:
            raise RuntimeError("use this publisher within `async with` its block")
        if gone:
            await self._announcing.withdraw(metadata.uid)
        else:
            await self._announcing.announce(metadata)


def _fixed(place: Place) -> Way:
    async def way() -> Place:
        return place

    return way


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
