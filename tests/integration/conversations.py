"""Pools of fake workers that have names, behind a balancer of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

import wool
from wool.runtime.routine.wrapper import bound
from wool.runtime.scope import PoolScopeFactory
from wool.runtime.worker.gateway import Proxy
from wool.testing import FakeWorker, Refuse
from wool_common.errors import StatusCode

BUSY = Refuse()
BROKEN = Refuse(code=StatusCode.INTERNAL, reason="hook-failed", details="its hook is broken")
"""What no passing state of a worker explains."""


@dataclass
class Stage:
    """A proxy with fake workers."""

    proxy: Proxy
    workers: dict[str, FakeWorker]

    def __getitem__(self, name: str) -> FakeWorker:
        return self.workers[name]

    def run(self, routine: Any, *args: object, **changes: Any) -> Any:
        """Call *routine* here, with changed options."""
        return bound(routine, self.proxy, **changes)(*args)

    @property
    def ready(self) -> set[str]:
        """The names of those that would take a task."""
        return {m.metadata.extra["name"] for m in self.proxy.ready}

    @property
    def ran(self) -> dict[str, int]:
        """How many tasks have begun on each that had any."""
        return {name: len(w.tasks) for name, w in self.workers.items() if w.tasks}

    async def until(self, holds: Callable[[], bool], limit: float = 10.0) -> None:
        """Wait for *holds*, which is looked at whenever something changes among the members."""
        async with asyncio.timeout(limit):
            while not holds():
                with self.proxy.news.one() as waiter:
                    if holds():
                        return
                    await waiter.told


@asynccontextmanager
async def warned(balancer: object, *names: str, **options: object) -> AsyncGenerator[Stage]:
    """Open a stage that warns of its balancer."""
    with pytest.warns(DeprecationWarning, match="dispatch is deprecated"):
        async with stage(balancer, *names, **options) as on:
            yield on


@asynccontextmanager
async def stage(balancer: object, *names: str, **options: object) -> AsyncGenerator[Stage]:
    """Open a pool of the fake workers *names*, which is the active one."""
    workers = {name: FakeWorker(name, name=name) for name in names}
    proxy = Proxy(balancer=balancer, home=asyncio.get_running_loop(), **options)  # pyright: ignore[reportArgumentType]
    proxy.scope = PoolScopeFactory(proxy.id, wool.RoundRobinLoadBalancer()).payload()
    try:
        for worker in workers.values():
            await worker.start()
            assert worker.metadata is not None
            proxy.join(worker.metadata)
        await proxy.settled()
        yield Stage(proxy, workers)
    finally:
        await proxy.aclose()
        for worker in workers.values():
            await worker.stop()
