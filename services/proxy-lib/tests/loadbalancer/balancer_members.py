"""Members and contexts to choose from, without workers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from types import MappingProxyType
from typing import TypeVar

from wool.runtime.loadbalancer.base import WorkerConnectionLike
from wool.runtime.loadbalancer.placed import PlacedTask
from wool_common.frames import Load
from wool_common.metadata import WorkerId, WorkerMetadata

T = TypeVar("T")


class Member:
    """A candidate, and the connection to itself."""

    def __init__(self, name: int | str) -> None:
        self.metadata = WorkerMetadata(uid=WorkerId(f"worker-{name}"), address=f"host:{name}")
        self.load = Load(0, 0)

    @property
    def uid(self) -> WorkerId:
        """The worker's id."""
        return self.metadata.uid

    async def dispatch(
        self, task: PlacedTask, *, timeout: float | None = None
    ) -> AsyncGenerator[object, object]:
        """Balancers that delegate never call this."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{self.metadata.uid} {self.load}>"


class Context:
    """A pool's membership, seen by a balancer that seeks a worker for *task*."""

    def __init__(self, *members: Member, task: PlacedTask | None = None) -> None:
        self.held: dict[WorkerMetadata, WorkerConnectionLike] = {m.metadata: m for m in members}
        self.task = task or placed("any")

    @property
    def workers(self) -> Mapping[WorkerMetadata, WorkerConnectionLike]:
        """The workers, read-only and live."""
        return MappingProxyType(self.held)


def members(count: int) -> tuple[Member, ...]:
    """Return *count* members."""
    return tuple(Member(number) for number in range(count))


def placed(key: object) -> PlacedTask:
    """Return a task whose one argument is *key*."""
    return PlacedTask(key=bytes(16), tag="module.routine:1", callable=print, args=(key,), kwargs={})


def argument(task: PlacedTask) -> str:
    """Return the one argument of *task*, as a key."""
    return str(task.args[0])


async def fail(
    offers: AsyncGenerator[tuple[WorkerMetadata, T], WorkerMetadata | None], error: Exception
) -> WorkerMetadata | None:
    """Say that the last candidate failed; return the next one, None where there is none."""
    try:
        return (await offers.athrow(error))[0]
    except StopAsyncIteration:
        return None
