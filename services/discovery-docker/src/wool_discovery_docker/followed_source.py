"""Serve what a discovery of the library finds."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterable, Callable
from typing import Final

from wool_common import logs
from wool_common.discovery.protocols import DiscoveryEvent
from wool_common.errors import DiscoveryError
from wool_common.metadata import WorkerId
from wool_discovery_docker.registry import Registry
from wool_discovery_docker.wishes import Entry, Wish

SETTLE_SECONDS: Final = 1.5
"""After so long, what an iteration tells first has been told: nothing marks its end."""

STALE_SECONDS: Final = 60.0
"""What was found is too old once nothing could be followed for so long."""

PAUSES: Final = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds before one that failed is followed again, give or take half; the last repeats."""


class FollowedSource:
    """
    Puts what *subscribe* tells of into *registry*, as found by *source*.

    *title* names this one among others of its kind. While it cannot be followed, whoever
    was there stays.
    """

    def __init__(
        self,
        source: str,
        title: str,
        subscribe: Callable[[], AsyncIterable[DiscoveryEvent]],
        registry: Registry,
        *,
        namespace: str = "",
        settle: float = SETTLE_SECONDS,
    ) -> None:
        self.name = title
        self.problem = ""
        self._source = source
        self._subscribe = subscribe
        self._registry = registry
        self._namespace = namespace
        self._settle = settle
        self._synced = asyncio.Event()
        self._known: set[WorkerId] = set()
        self._failing_since: float | None = None

    def is_synced(self) -> bool:
        """Tell whether everything has been found once."""
        return self._synced.is_set()

    def is_stale(self) -> bool:
        """Tell whether what it has found is too old."""
        since = self._failing_since
        return since is not None and time.monotonic() - since > STALE_SECONDS

    async def settled(self, wish: Wish) -> None:
        """Wait until everything has been found once."""
        await self._synced.wait()

    async def run(self) -> None:
        """Follow until cancelled."""
        failures = 0
        while True:
            try:
                await self._follow()
            except Exception as exc:  # noqa: BLE001 - whatever it was, it is followed again
                failures = failures + 1 if self._failing_since is not None else 1
                self._fail(str(exc) or repr(exc))
            pause = PAUSES[min(failures, len(PAUSES)) - 1]
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))

    async def _follow(self) -> None:
        told: set[WorkerId] = set()
        loop = asyncio.get_running_loop()
        settling = loop.call_later(self._settle, self._settle_down, told)
        try:
            async for event in self._subscribe():
                self._take_in(event, told)
        finally:
            settling.cancel()
        raise DiscoveryError("it has ended, and is begun anew")

    def _take_in(self, event: DiscoveryEvent, told: set[WorkerId]) -> None:
        uid = event.metadata.uid
        if event.type == "worker-dropped":
            told.discard(uid)
            self._drop(uid)
            return
        told.add(uid)
        self._known.add(uid)
        entry = Entry(source=self._source, worker=event.metadata, namespace=self._namespace)
        self._registry.put(self._key(uid), entry)

    def _settle_down(self, told: set[WorkerId]) -> None:
        """Take in that all have been told of: those that were not are gone."""
        self._failing_since = None
        self.problem = ""
        for uid in self._known - told:
            self._drop(uid)
        self._synced.set()

    def _drop(self, uid: WorkerId) -> None:
        self._known.discard(uid)
        self._registry.drop(self._source, self._key(uid))

    def _fail(self, problem: str) -> None:
        if problem != self.problem:
            logs.get().warning("source_failed", source=self.name, reason=problem)
        self.problem = problem
        if self._failing_since is None:
            self._failing_since = time.monotonic()

    def _key(self, uid: WorkerId) -> str:
        return f"{self.name} {uid}"
