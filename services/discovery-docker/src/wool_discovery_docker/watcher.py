"""Follow one Docker Engine: what it lists counts, events only tell when to look again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Final, Protocol

from wool_common import logs
from wool_common.engine import Engine
from wool_common.errors import DiscoveryError
from wool_discovery_docker.containers import Container, Document, read_container
from wool_discovery_docker.swarm import (
    TASK_LABEL,
    managed_node,
    merge,
    merged,
    task_of,
    tasks_wanted,
)

PAUSES: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds before an Engine that failed is asked again, give or take half; the last repeats."""

RESYNC_SECONDS: Final = 45.0
"""Everything is listed again so often, give or take a third, whatever the events say."""

SWARM_SECONDS: Final = 1.5
"""A manager is asked for its tasks so often: there are no events of them."""

SEVERAL: Final = 16
"""Containers inspected at the same time, and events after which listing all is cheaper."""


class View(Protocol):
    """Who wants to know which containers there are."""

    def is_wanted(self, labels: Mapping[str, str]) -> bool:
        """Tell whether a container with *labels* may hold a worker somebody asks for."""
        ...

    def replace(self, containers: Iterable[Container]) -> None:
        """Take in that these are all."""
        ...

    def put(self, container: Container) -> None:
        """Take in what this container is now."""
        ...

    def drop(self, container: str) -> None:
        """Take in that the container with this id is gone."""
        ...


class Watcher:
    """
    Follows the Engine at *url* for as long as `run` runs.

    The stream of events is opened first, beginning with the last one seen, so that nothing
    that happens while the list is made goes unnoticed; each event only has its container
    inspected again. An Engine that cannot be reached changes nothing in the view.
    """

    def __init__(
        self,
        url: str | None,
        view: View,
        *,
        resync: float = RESYNC_SECONDS,
        on_sync: Callable[[str], None] = lambda cause: None,
    ) -> None:
        self._url = url
        self._view = view
        self._resync = resync
        self._on_sync = on_sync
        self._seen = 0
        self._dirty: set[str] = set()
        self._local: set[str] = set()
        self._news = asyncio.Event()
        self._cause = "start"
        self._tasks: dict[str, Container] = {}
        self._listing: list[asyncio.Future[None]] = []
        self.synced = asyncio.Event()
        """Set once everything has been listed for the first time."""
        self.last_sync = -float("inf")
        """When everything was last listed, by the monotonic clock."""
        self.problem = ""
        """Why the Engine cannot be followed now; empty where it can."""

    def refresh(self, cause: str) -> None:
        """Have everything listed again, soon."""
        self._cause = cause
        self._news.set()

    async def listed(self) -> None:
        """Have everything listed again, and wait until it is."""
        waiting = asyncio.get_running_loop().create_future()
        self._listing.append(waiting)
        self.refresh("asked")
        await waiting

    def is_stale(self) -> bool:
        """Tell whether what is known is too old to be told without a warning."""
        return time.monotonic() - self.last_sync > 3 * self._resync

    async def run(self) -> None:
        """Follow the Engine until cancelled, however often it fails."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                async with Engine(self._url) as engine:
                    await self._watch(engine)
                self._cause, problem = "stream_ended", ""
            except (DiscoveryError, ImportError) as exc:
                self._cause, problem = "engine_failed", str(exc)
            except Exception as exc:  # noqa: BLE001 - whatever it was, the Engine is asked again
                self._cause, problem = "engine_failed", f"{type(exc).__name__}: {exc}"
                logs.get().error("engine_misread", exc_info=exc)
            failures = self._count_failures(failures, began, problem)
            pause = PAUSES[min(failures, len(PAUSES) - 1)]
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))

    def _count_failures(self, failures: int, began: float, problem: str) -> int:
        """Return how often on end the Engine has failed, telling of the first time."""
        if not problem:
            return 0
        self.problem = problem
        failures = 1 if self.last_sync >= began else failures + 1
        if failures == 1:
            logs.get().warning("engine_failed", reason=problem)
        return failures

    async def _watch(self, engine: Engine) -> None:
        """Follow one stream of events to its end."""
        node = await managed_node(engine)
        reading = asyncio.create_task(self._read(engine), name="wool-engine-events")
        try:
            await self._list(engine, node)
            due = self._next_resync()
            while not reading.done():
                limit = min(due - time.monotonic(), SWARM_SECONDS if node else self._resync)
                await self._some_news(max(limit, 0.0), reading)
                if len(self._dirty) > SEVERAL:
                    self._cause = self._cause or "events"
                if self._cause or time.monotonic() >= due:
                    await self._list(engine, node)
                    due = self._next_resync()
                    continue
                dirty, self._dirty = self._dirty, set()
                for container in dirty:
                    await self._look_at(engine, container)
                if node:
                    await self._list_tasks(engine)
            await reading
        finally:
            reading.cancel()
            await asyncio.wait([reading])
            if not reading.cancelled():
                reading.exception()  # what ended this is raised already

    async def _read(self, engine: Engine) -> None:
        """Note which containers to look at, until the stream ends."""
        async with aclosing(engine.events(self._seen)) as events:
            async for event in events:
                self._hear(event)

    def _hear(self, event: Document) -> None:
        moment = event.get("timeNano")
        if isinstance(moment, int):
            self._seen = max(self._seen, moment)
        actor: Document = event.get("Actor") or {}
        attributes: Mapping[str, str] = actor.get("Attributes") or {}
        if event.get("Type") == "network":
            container = str(attributes.get("container", ""))
            wanted = container in self._local
        else:
            container = str(actor.get("ID") or event.get("id") or "")
            # A label filter of the Engine's would hide what is told without labels.
            wanted = not attributes or container in self._local or self._wants(attributes)
        if container and wanted:
            self._dirty.add(container)
            self._news.set()

    def _wants(self, labels: Mapping[str, str]) -> bool:
        return labels.get(TASK_LABEL) in self._tasks or self._view.is_wanted(labels)

    async def _some_news(self, limit: float, reading: asyncio.Task[None]) -> None:
        """Wait until there is something to do, *limit* seconds are over, or the stream ends."""
        waiting = asyncio.create_task(self._news.wait())
        try:
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait([waiting, reading], timeout=limit, return_when=first)
        finally:
            waiting.cancel()
        self._news.clear()

    async def _list(self, engine: Engine, node: str) -> None:
        """List everything, and inspect what may hold a worker."""
        cause, self._cause = self._cause or "timer", ""
        waiting, self._listing = self._listing, []
        self._dirty.clear()
        try:
            found = await self._list_all(engine, node)
        except BaseException:
            self._listing += waiting
            raise
        if self.problem:
            self.problem = ""
            logs.get().info("engine_answers", cause=cause)
        self._view.replace(found)
        self.last_sync = time.monotonic()
        self.synced.set()
        self._on_sync(cause)
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def _list_all(self, engine: Engine, node: str) -> list[Container]:
        self._tasks = await tasks_wanted(engine, self._view.is_wanted) if node else {}
        summaries = await engine.containers({})
        wanted = [str(one["Id"]) for one in summaries if self._wants(one.get("Labels") or {})]
        limit = asyncio.Semaphore(SEVERAL)

        async def inspect(container: str) -> Document | None:
            async with limit:
                return await engine.inspect(container)

        documents = await asyncio.gather(*(inspect(container) for container in wanted))
        read = [_read(document) for document in documents if document is not None]
        local = [container for container in read if container is not None]
        self._local = {container.id for container in local}
        return merged(local, self._tasks, node)

    async def _look_at(self, engine: Engine, container: str) -> None:
        document = await engine.inspect(container)
        now = None if document is None else _read(document)
        if now is None:
            self._local.discard(container)
            self._view.drop(container)
        elif self._wants(now.labels):
            self._local.add(container)
            self._view.put(merge(now, self._tasks.get(task_of(now))))

    async def _list_tasks(self, engine: Engine) -> None:
        """Take in what has changed among the tasks of the Swarm."""
        before, self._tasks = self._tasks, await tasks_wanted(engine, self._view.is_wanted)
        if before != self._tasks:
            self.refresh("tasks")

    def _next_resync(self) -> float:
        return time.monotonic() + self._resync * random.uniform(2 / 3, 4 / 3)


def _read(document: Document) -> Container | None:
    """Return the container that *document* describes; None, with a line logged, if none."""
    try:
        return read_container(document)
    except Exception as exc:  # noqa: BLE001 - one odd container must not hide all the others
        logs.get().error("container_misread", id=document.get("Id"), reason=repr(exc))
        return None
