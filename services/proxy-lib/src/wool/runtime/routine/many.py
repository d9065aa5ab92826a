"""Run a routine over many arguments with a bound on what is in flight."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Sized
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from wool.runtime.checks import checked_count

if TYPE_CHECKING:
    from wool.runtime.routine.progress import Bar

R = TypeVar("R")

LIMIT: Final = 256
"""How many calls are in flight unless the caller says otherwise."""


def map(  # noqa: A001 - named after the builtin it is the distributed form of
    routine: Callable[..., Coroutine[Any, Any, R]],
    *iterables: Iterable[Any],
    limit: int = LIMIT,
    ordered: bool = True,
    progress: bool = False,
) -> AsyncGenerator[R, None]:
    """
    Call *routine* with the items of *iterables*, side by side, and iterate over the results.

    At most *limit* calls are in flight, so that endless iterables are fine. Results come
    in the order of the arguments, or as they are ready where *ordered* is False.
    *progress* draws a bar (needs the extra `wool[progress]`). The first exception cancels
    what is in flight and is raised; so does leaving the loop.

    Raises:
        TypeError, ValueError: an argument is wrong; the text names it.
    """
    if not callable(routine) or inspect.isasyncgenfunction(routine):
        raise TypeError(f"routine must be one that returns a single value, not {routine!r}")
    if not iterables:
        raise TypeError("wool.map needs at least one iterable of arguments")
    checked_count("limit", limit, least=1, unit="calls")
    for number, items in enumerate(iterables):
        if not isinstance(items, Iterable):
            raise TypeError(
                f"iterables must be iterable; iterables[{number}] is {items!r}: give the arguments"
                " of each call, such as a list of them"
            )
    arguments = zip(*iterables, strict=False)
    flight: _Flight[R] = _Flight((routine(*each) for each in arguments), limit, ordered=ordered)
    return _results(flight, _bar(iterables) if progress else None)


async def gather(
    *calls: Coroutine[Any, Any, R], limit: int = LIMIT, progress: bool = False
) -> list[R]:
    """
    Await *calls* with at most *limit* in flight and return their results in order.

    The first exception cancels the others and is raised. *progress* draws a bar (needs the
    extra `wool[progress]`).

    Raises:
        TypeError, ValueError: an argument is wrong; the text names it.
    """
    try:
        checked_count("limit", limit, least=1, unit="calls")
        for number, call in enumerate(calls):
            if not inspect.isawaitable(call):
                raise TypeError(f"calls must be awaitable; calls[{number}] is {_described(call)}")
        flight: _Flight[R] = _Flight(iter(calls), limit, ordered=True)
        return [result async for result in _results(flight, _bar((calls,)) if progress else None)]
    finally:
        for call in calls:
            if inspect.iscoroutine(call):
                call.close()  # those never begun would warn that they were never awaited


async def _results(flight: _Flight[R], bar: Bar | None) -> AsyncGenerator[R, None]:
    try:
        async for result in flight.results():
            if bar is not None:
                bar.advance()
            yield result
    finally:
        await flight.aclose()
        if bar is not None:
            bar.close()


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
        self._failed: asyncio.Future[asyncio.Task[R]] | None = None

    async def results(self) -> AsyncGenerator[R, None]:
        """Iterate over the results; raises the first exception met."""
        self._failed = asyncio.get_running_loop().create_future()
        self._fill()
        while self._flying:
            if self._ordered:
                task = await self._first(self._failed)
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

    async def _first(self, failed: asyncio.Future[asyncio.Task[R]]) -> asyncio.Task[R]:
        """Return the first call once it has landed, or one that failed before."""
        first = self._flying[0]
        if not first.done():
            await asyncio.wait((first, failed), return_when=asyncio.FIRST_COMPLETED)
        return first if first.done() else failed.result()

    def _fill(self) -> None:
        while len(self._flying) < self._limit:
            call = next(self._calls, None)
            if call is None:
                return
            task = asyncio.ensure_future(call)
            task.add_done_callback(self._land)
            self._flying.append(task)

    def _land(self, task: asyncio.Task[R]) -> None:
        if not self._ordered:
            self._landed.put_nowait(task)
            return
        failed = self._failed
        has_failed = task.cancelled() or task.exception() is not None
        if has_failed and failed is not None and not failed.done():
            failed.set_result(task)


def _described(call: object) -> str:
    name = getattr(call, "__qualname__", None)
    if callable(call) and isinstance(name, str):
        return f"{name} itself: call it, {name}(...)"
    return repr(call)


def _bar(iterables: Iterable[Iterable[Any]]) -> Bar:
    from wool.runtime.routine.progress import Bar

    sizes = [len(cast(Sized, i)) for i in iterables if isinstance(i, Sized)]
    return Bar(min(sizes) if sizes else None)
