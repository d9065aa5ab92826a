"""Run a routine over many arguments with a bound on what is in flight."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sized
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from wool.runtime.checks import checked_count

if TYPE_CHECKING:
    from wool.runtime.routine.progress import Bar

R = TypeVar("R")

LIMIT: Final = 256
"""How many calls are in flight unless the caller says otherwise."""


async def map(  # noqa: A001 - named after the builtin it is the distributed form of
    routine: Callable[..., Coroutine[Any, Any, R]],
    *iterables: Iterable[Any],
    limit: int = LIMIT,
    ordered: bool = True,
    progress: bool = False,
) -> AsyncIterator[R]:
    """
    Call *routine* with the items of *iterables*, side by side, and iterate over the results.

    At most *limit* calls are in flight, so that endless iterables are fine. Results come
    in the order of the arguments, or as they are ready where *ordered* is False.
    *progress* draws a bar (needs the extra `wool[progress]`). The first exception cancels
    what is in flight and is raised; so does leaving the loop.
    """
    if not iterables:
        raise TypeError("wool.map needs at least one iterable of arguments")
    checked_count("limit", limit, least=1, unit="calls")
    calls = (routine(*arguments) for arguments in zip(*iterables, strict=False))
    flight: _Flight[R] = _Flight(calls, limit, ordered=ordered)
    bar = _bar(iterables) if progress else None
    try:
        async for result in flight.results():
            if bar is not None:
                bar.advance()
            yield result
    finally:
        await flight.aclose()
        if bar is not None:
            bar.close()


async def gather(
    *calls: Coroutine[Any, Any, R], limit: int = LIMIT, progress: bool = False
) -> list[R]:
    """
    Await *calls* with at most *limit* in flight and return their results in order.

    The first exception cancels the others and is raised. *progress* draws a bar (needs the
    extra `wool[progress]`).
    """
    checked_count("limit", limit, least=1, unit="calls")
    flight: _Flight[R] = _Flight(iter(calls), limit, ordered=True)
    bar = _bar((calls,)) if progress else None
    results: list[R] = []
    try:
        async for result in flight.results():
            results.append(result)
            if bar is not None:
                bar.advance()
    finally:
        await flight.aclose()
        for call in calls:
            call.close()  # those never begun would warn that they were never awaited
        if bar is not None:
            bar.close()
    return results


class _Flight(Generic[R]):
    """Calls in flight, never more than a limit."""

    def __init__(
        self, calls: Iterator[Coroutine[Any, Any, R]], limit: int, *, ordered: bool
    ) -> None:
        self._calls = calls
        self._limit = limit
        self._ordered = ordered
        self._flying: deque[asyncio.Task[R]] = deque()
        self._landed: asyncio.Queue[asyncio.Task[R]] = asyncio.Queue()

    async def results(self) -> AsyncIterator[R]:
        """Iterate over the results; raises the first exception met."""
        self._fill()
        while self._flying:
            if self._ordered:
                task = self._flying[0]
                await asyncio.wait([task])
                self._flying.popleft()
            else:
                task = await self._landed.get()
                self._flying.remove(task)
            result = task.result()
            self._fill()
            yield result

    async def aclose(self) -> None:
        """Cancel what is in flight and wait until it has ended."""
        flying, self._flying = self._flying, deque()
        for task in flying:
            task.cancel()
        if flying:
            await asyncio.wait(flying)
            for task in flying:
                if not task.cancelled():
                    task.exception()

    def _fill(self) -> None:
        while len(self._flying) < self._limit:
            call = next(self._calls, None)
            if call is None:
                return
            task = asyncio.ensure_future(call)
            if not self._ordered:
                task.add_done_callback(self._landed.put_nowait)
            self._flying.append(task)


def _bar(iterables: Iterable[Iterable[Any]]) -> Bar:
    from wool.runtime.routine.progress import Bar

    sizes = [len(cast(Sized, i)) for i in iterables if isinstance(i, Sized)]
    return Bar(min(sizes) if sizes else None)
