"""Load balancers to drive, each of which remembers what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import wool

Offer = Any
"""What a balancer may yield: a pair, metadata, a uid, or something wrong."""


class Telling:
    """Offers each worker once, in order of their tags, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.seen: list[list[str]] = []
        """Who was in the pool whenever something was told."""
        self.views: list[Any] = []
        self.closed = 0

    async def delegate(self, *, context: Any) -> AsyncGenerator[Offer, Offer]:
        """Offer workers, as the pool is told by name."""
        self.views.append(context)
        try:
            for worker in ordered(context):
                try:
                    result = yield self.offer(worker, context)
                except Exception as exc:  # noqa: BLE001 - whatever it is told
                    self.told.append(exc)
                    self.seen.append([name_of(w) for w in ordered(context)])
                else:
                    self.told.append(result)
                    if result is not None:
                        await self.accepted(result)
                        return
        finally:
            self.closed += 1

    def offer(self, worker: wool.WorkerMetadata, context: Any) -> Offer:
        """Return what to yield for *worker*."""
        return worker, context.workers[worker]

    async def accepted(self, result: object) -> None:
        """Do what is to be done once a worker has taken the task."""


class ByMetadata(Telling):
    """Yields metadata alone."""

    def offer(self, worker: wool.WorkerMetadata, context: Any) -> Offer:
        return worker


class ByUid(Telling):
    """Yields ids alone."""

    def offer(self, worker: wool.WorkerMetadata, context: Any) -> Offer:
        return worker.uid


class Naive:
    """Yields what is there and listens to nothing."""

    async def delegate(self, *, context: Any) -> AsyncGenerator[Offer, Offer]:
        """Offer every worker, without a word about failures."""
        for pair in context.workers.items():
            yield pair


class Slow(Telling):
    """Waits once it was told of a success."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = asyncio.Event()

    async def accepted(self, result: object) -> None:
        self.waits.set()
        await asyncio.Event().wait()


class Old:
    """Offers workers as balancers for wool 0.15 did: by id, with the task as an argument."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.tasks: list[Any] = []

    async def delegate(self, task: Any, *, context: Any) -> AsyncGenerator[Offer, Offer]:
        """Offer the id of each worker."""
        self.tasks.append(task)
        for uid in sorted(context.workers, key=lambda uid: name_of(context.workers[uid][0])):
            try:
                result = yield uid
            except Exception as exc:  # noqa: BLE001 - whatever it is told
                self.told.append(exc)
            else:
                self.told.append(result)
                if result is not None:
                    return


class Dispatching:
    """Dispatches by itself, as balancers of old did."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.removed = False

    async def dispatch(
        self, task: Any, *, context: Any, timeout: float | None = None
    ) -> AsyncGenerator[Any, Any]:
        """Try each worker in turn."""
        for worker in ordered(context):
            try:
                stream = await context.workers[worker].dispatch(task, timeout=timeout)
            except wool.TransientRpcError as exc:
                self.failures.append(exc)
                continue
            except wool.RpcError as exc:
                self.failures.append(exc)
                context.remove_worker(worker)
                self.removed = worker not in context.workers
                continue
            try:
                async for result in stream:
                    yield result
            finally:
                await stream.aclose()
            return
        raise wool.NoWorkersAvailable("nobody took it")


def ordered(context: Any) -> list[wool.WorkerMetadata]:
    """Return the workers of *context* by their names."""
    return sorted(context.workers, key=name_of)


def name_of(worker: wool.WorkerMetadata) -> str:
    """Return the name that a test has given to *worker*."""
    return worker.extra.get("name", worker.uid)
