"""Run routines where they are called, for tests without processes."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import contextmanager
from contextvars import Token
from typing import Any, ParamSpec, Self, TypeVar, overload

from wool.runtime.checks import checked_tags
from wool.runtime.context import ACTIVE, InPlace, activated
from wool.runtime.routine.wrapper import bound
from wool.runtime.worker.proxy import Proxy
from wool.runtime.worker.stats import PoolStats, PoolWorker, WorkerStats, with_load
from wool.testing.inplace import Place
from wool_common.frames import Load
from wool_common.metadata import WorkerId, WorkerMetadata

P = ParamSpec("P")
R = TypeVar("R")
Y = TypeVar("Y")
S = TypeVar("S")

UID = WorkerId("inline")
IDLE = Load(0, 0)


class InlinePool:
    """
    Stands in for a pool of one worker within `with` or `async with`.

    Offers of `WorkerPool` what code under test may use.
    """

    def __init__(self, *tags: str) -> None:
        worker = WorkerMetadata(
            uid=UID, address="inline:", pid=os.getpid(), tags=frozenset(checked_tags(tags))
        )
        self._place = Place(worker)
        self._tokens: list[Token[Proxy | InPlace | None]] = []

    @property
    def workers(self) -> tuple[PoolWorker, ...]:
        """The one worker that there seems to be; it is never busy."""
        return (with_load(self._place.worker, IDLE, 0),)

    def stats(self) -> PoolStats:
        """Return the one worker, which is ready."""
        worker = WorkerStats(
            metadata=self._place.worker,
            state="ready",
            reason="",
            connected=True,
            load=IDLE,
            active=0,
        )
        return PoolStats(workers=(worker,), waiting=0)

    @contextmanager
    def active(self) -> Generator[Self]:
        """Run in place what is called within a block, in any task or thread."""
        with activated(self._place):
            yield self

    @overload
    def run(
        self, routine: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, R]: ...
    @overload
    def run(
        self, routine: Callable[P, AsyncGenerator[Y, S]], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[Y, S]: ...
    def run(self, routine: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call *routine* in place, whichever pool is active."""
        return bound(routine, self._place)(*args, **kwargs)

    async def broadcast(
        self, routine: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs
    ) -> dict[WorkerId, R]:
        """Run *routine* once; return its result by the worker's id."""
        return {UID: await self.run(routine, *args, **kwargs)}

    def __enter__(self) -> Self:
        self._tokens.append(ACTIVE.set(self._place))
        return self

    def __exit__(self, *_: object) -> None:
        token = self._tokens.pop()
        try:
            ACTIVE.reset(token)
        except ValueError:
            return  # left in another context, as fixtures may be

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, *exc: object) -> None:
        self.__exit__(*exc)


def inline(*tags: str) -> InlinePool:
    """
    Run routines in place, in the task that calls them, instead of on workers.

    For `with` and `async with`. As with workers, arguments, results, yielded values and
    by-value functions are copies, exceptions end in a `TaskException`, `current_task()`
    tells of the run and context variables are the routine's own. *tags* are the ones the
    worker would carry.
    """
    return InlinePool(*tags)
