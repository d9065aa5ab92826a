"""Follow one Docker Engine: what it lists counts, events only tell when to look again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Final, Protocol

from wool_common import logs
from wool_common.engine import Engine
from wool_common.errors import DiscoveryError, DockerRefused
from wool_discovery_docker.containers import Container, Document, read_container
from wool_discovery_docker.swarm import read_tasks, task_of

PAUSES: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds before an Engine that failed is asked again, give or take half; the last repeats."""

RESYNC_SECONDS: Final = 45.0
"""Everything is listed again so often, give or take a third, whatever the events say."""

SWARM_SECONDS: Final = 1.5
"""A manager is asked for its tasks so often: there are no events of them."""

SEVERAL: Final = 16
"""Containers inspected at the same time, and events after which listing all is cheaper."""

KEPT_FROM_US: Final = frozenset({401, 403, 404, 503})
"""What a proxy answers to what it was not told to let through, and an Engine without a Swarm."""


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
        self._news = asyncio.Event()
        self._cause = "start"
        self._tasks: dict[str, Container] = {}
        self.synced = asyncio.Event()
        """Set once everything has been listed for the first time."""
        self.last_sync = -float("inf")
        """When everything was last listed, by the monotonic clock."""

    def refresh(self, cause: str = "asked") -> None:
        """Have everything listed again, soon."""
        self._cause = cause
        self._news.set()

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
                self._cause = "stream_ended"
            except DiscoveryError as exc:
                if self.last_sync >= began:
                    failures = 0
                failures += 1
                if failures == 1:
                    logs.get().warning("engine_failed", reason=str(exc))
                self._cause = "engine_failed"
            else:
                failures = 0
            pause = PAUSES[min(failures, len(PAUSES) - 1)]
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))

    async def _watch(self, engine: Engine) -> None:
        """Follow one stream of events to its end."""
        manager = await _is_manager(engine)
        reading = asyncio.create_task(self._read(engine), name="wool-engine-events")
        try:
            await self._list(engine, manager)
            due = self._next_resync()
            while not reading.done():
                limit = min(due - time.monotonic(), SWARM_SECONDS if manager else self._resync)
                await self._some_news(max(limit, 0.0), reading)
                if self._cause or time.monotonic() >= due or len(self._dirty) > SEVERAL:
                    await self._list(engine, manager)
                    due = self._next_resync()
                    continue
                dirty, self._dirty = self._dirty, set()
                for container in dirty:
                    await self._look_at(engine, container)
                if manager:
                    await self._list_tasks(engine)
            await reading
        finally:
            reading.cancel()
            await asyncio.wait([reading])

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
        container = str(actor.get("ID") or event.get("id") or "")
        attributes: Mapping[str, str] = actor.get("Attributes") or {}
        # A label filter of the Engine's would hide what is told without labels.
        if container and (not attributes or self._view.is_wanted(attributes)):
            self._dirty.add(container)
            self._news.set()

    async def _some_news(self, limit: float, reading: asyncio.Task[None]) -> None:
        """Wait until there is something to do, *limit* seconds are over, or the stream ends."""
        waiting = asyncio.create_task(self._news.wait())
        try:
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait([waiting, reading], timeout=limit, return_when=first)
        finally:
            waiting.cancel()
        self._news.clear()

    async def _list(self, engine: Engine, manager: bool) -> None:
        """List everything, and inspect what may hold a worker."""
        cause, self._cause = self._cause or "timer", ""
        self._dirty.clear()
        summaries = await engine.containers({})
        wanted = [
            str(summary["Id"])
            for summary in summaries
            if self._view.is_wanted(summary.get("Labels") or {})
        ]
        limit = asyncio.Semaphore(SEVERAL)

        async def inspect(container: str) -> Document | None:
            async with limit:
                return await engine.inspect(container)

        documents = await asyncio.gather(*(inspect(container) for container in wanted))
        local = [read_container(document) for document in documents if document is not None]
        self._tasks = await _tasks(engine, self._view) if manager else {}
        self._view.replace(merged(local, self._tasks))
        self.last_sync = time.monotonic()
        self.synced.set()
        self._on_sync(cause)

    async def _look_at(self, engine: Engine, container: str) -> None:
        document = await engine.inspect(container)
        if document is None:
            self._view.drop(container)
            return
        now = read_container(document)
        if self._view.is_wanted(now.labels):
            self._view.put(merge(now, self._tasks.get(task_of(now))))

    async def _list_tasks(self, engine: Engine) -> None:
        """Take in what has changed among the tasks of other nodes."""
        before, self._tasks = self._tasks, await _tasks(engine, self._view)
        if before != self._tasks:
            self.refresh("tasks")

    def _next_resync(self) -> float:
        return time.monotonic() + self._resync * random.uniform(2 / 3, 4 / 3)


def merged(local: Iterable[Container], tasks: Mapping[str, Container]) -> list[Container]:
    """Return the containers of this node with the tasks of the others."""
    here = {task_of(container): container for container in local if task_of(container)}
    others = [task for key, task in tasks.items() if key not in here]
    return [*(merge(container, tasks.get(task_of(container))) for container in local), *others]


def merge(container: Container, task: Container | None) -> Container:
    """Return *container* with the labels of the service that *task* belongs to."""
    if task is None:
        return container
    return replace(container, labels={**task.labels, **container.labels}, source="swarm")


async def _is_manager(engine: Engine) -> bool:
    try:
        swarm: Document = (await engine.info()).get("Swarm") or {}
    except DockerRefused as exc:
        if exc.status in KEPT_FROM_US:
            return False
        raise
    return bool(swarm.get("ControlAvailable"))


async def _tasks(engine: Engine, view: View) -> dict[str, Container]:
    """Return the tasks that may hold a worker; none where a proxy keeps them from us."""
    try:
        services, tasks = await engine.services({}), await engine.tasks({})
    except DockerRefused as exc:
        if exc.status in KEPT_FROM_US:
            return {}
        raise
    found = {task_of(task): task for task in read_tasks(tasks, services)}
    return {key: task for key, task in found.items() if view.is_wanted(task.labels)}
