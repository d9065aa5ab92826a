"""Find the workers in the containers of one Docker Engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from wool_common.credentials import CredentialsLike
from wool_common.engine import Engine, engine_url
from wool_common.metadata import WorkerMetadata
from wool_discovery_docker.containers import (
    Container,
    addresses,
    engine_host,
    narrowed,
    read_container,
)
from wool_discovery_docker.registry import Registry
from wool_discovery_docker.verifier import Place, Verifier
from wool_discovery_docker.watcher import RESYNC_SECONDS, Watcher
from wool_discovery_docker.wishes import Entry, Wish, reaches_beyond


class DockerSource:
    """
    Puts the workers in containers of the Engine at *url* into *registry*, while it runs.

    A worker is there while its container runs, does not fail its health check, and a
    worker answers in it. With *network* only containers on it count, at their address
    there.
    """

    name = "docker"

    def __init__(
        self,
        url: str | None,
        registry: Registry,
        *,
        network: str = "",
        credentials: CredentialsLike | None = None,
        resync: float = RESYNC_SECONDS,
        on_sync: Callable[[str], None] = lambda cause: None,
    ) -> None:
        self._url = engine_url(url)
        self._host = engine_host(self._url)
        self._registry = registry
        self._network = network
        self._verifier = Verifier(self._tell, credentials)
        self._watcher = Watcher(url, self, resync=resync, on_sync=on_sync)
        self._containers: dict[str, Container] = {}
        self._shown_by: dict[str, str] = {}

    # ── what a source is asked ────────────────────────────────────────────────

    @property
    def problem(self) -> str:
        """Why the Engine cannot be followed now; empty where it can."""
        return self._watcher.problem

    def is_synced(self) -> bool:
        """Tell whether everything has been found once."""
        return self._watcher.synced.is_set()

    def is_stale(self) -> bool:
        """Tell whether what is known is too old."""
        return self._watcher.is_stale()

    async def run(self) -> None:
        """Follow the Engine until cancelled."""
        try:
            await self._watcher.run()
        finally:
            await self._verifier.aclose()

    async def settled(self, wish: Wish) -> None:
        """Wait until everything that *wish* can mean has been looked for."""
        if reaches_beyond(wish, self._registry.base):
            await self._watcher.listed()
        else:
            await self._watcher.synced.wait()
        await self._verifier.decided()

    async def container(self, id: str) -> Container | None:
        """
        Return the container with that id or the beginning of it, None where there is none.

        Raises:
            DiscoveryError: the Engine cannot be asked.
        """
        for key, known in self._containers.items():
            if key == id or (len(id) >= 12 and key.startswith(id)):
                return known
        async with Engine(self._url) as engine:
            document = await engine.inspect(id)
        return None if document is None else read_container(document)

    # ── what the watcher tells ────────────────────────────────────────────────

    def is_wanted(self, labels: Mapping[str, str]) -> bool:
        """Tell whether a container with *labels* may hold a worker somebody asks for."""
        return self._registry.is_wanted(labels)

    def replace(self, containers: Iterable[Container]) -> None:
        """Take in that these are all."""
        now = {container.id: container for container in containers}
        for gone in self._containers.keys() - now.keys():
            self.drop(gone)
        for container in now.values():
            self.put(container)

    def put(self, container: Container) -> None:
        """Take in what this container is now; another run of it has another worker."""
        now = narrowed(container, self._network) if self._network else container
        if now is None:
            self.drop(container.id)
            return
        before = self._containers.get(now.id)
        if before == now:
            return
        self._containers[now.id] = now
        if now.problem:
            self._verifier.forget(now.id)
            return
        if before is None or before.problem or before.began != now.began:
            self._verifier.forget(now.id)
            self._verifier.watch(self._place(now))
        elif self._place(before) != self._place(now):
            self._verifier.watch(self._place(now))
        self._tell(now.id, self._verifier.worker(now.id))

    def drop(self, container: str) -> None:
        """Take in that the container with this id is gone."""
        if self._containers.pop(container, None) is not None:
            self._verifier.forget(container)

    # ── what the verifier tells ───────────────────────────────────────────────

    def _tell(self, key: str, worker: WorkerMetadata | None) -> None:
        before = self._shown_by.pop(key, None)
        now = None
        if worker is not None:
            container = self._containers[key]
            now = self._shown_by[key] = container.source
            namespace = container.namespace
            entry = Entry(source=now, worker=worker, namespace=namespace, container=container)
            self._registry.put(key, entry)
        if before is not None and before != now:
            self._registry.drop(before, key)

    def _place(self, container: Container) -> Place:
        where = addresses(container, self._host)
        return Place(key=container.id, name=container.name, addresses=where)
