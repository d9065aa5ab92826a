"""Note how a dispatch ends, where somebody watches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from typing import Final, Protocol

from wool.runtime.context import Stepped
from wool.runtime.worker.peer import Peer
from wool_common.errors import NoWorkersAvailable, RpcError, WorkerLost
from wool_common.watching import Dispatch, Failure, Outcome

OUTCOMES: Final[dict[Failure, Outcome]] = {
    "refused": "refused",
    "unreached": "refused",
    "lost": "lost",
}
"""How a dispatch ends whose last attempt has come to nothing."""


def note_end(watched: Dispatch, member: Peer | None, error: BaseException | None = None) -> None:
    """Note that the dispatch was sent to *member* last, and ended in *error* or a result."""
    watched.over(outcome_of(watched, error), None if member is None else member.metadata, error)


def outcome_of(watched: Dispatch, error: BaseException | None) -> Outcome:
    """Return how the dispatch has ended, by what its caller is told."""
    if error is None:
        return "returned"
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "cancelled"
    if watched.failure is not None:
        return OUTCOMES[watched.failure]
    if watched.is_answered:
        return "raised"
    if isinstance(error, WorkerLost):
        return "lost"
    return "refused" if isinstance(error, NoWorkersAvailable | RpcError) else "raised"


class Sought(Protocol):
    """Whoever seeks a worker for a task."""

    @property
    def member(self) -> Peer | None:
        """Where it was sent last."""
        ...


class SoughtSteps(Stepped, Sought, Protocol):
    """The steps of a generator, for which a worker is sought."""


async def noted(running: Awaitable[object], watched: Dispatch, search: Sought) -> object:
    """Return what *running* does, and note its end."""
    try:
        value = await running
    except BaseException as exc:
        note_end(watched, search.member, exc)
        raise
    note_end(watched, search.member)
    return value


@contextmanager
def failing(watched: Dispatch | None, search: Sought | None = None) -> Generator[None]:
    """Note the end where the block is left by an exception."""
    try:
        yield
    except BaseException as exc:
        if watched is not None:
            note_end(watched, None if search is None else search.member, exc)
        raise


@contextmanager
def closing(watched: Dispatch | None, search: Sought) -> Generator[None]:
    """Note at the block's end that the caller has lost interest."""
    try:
        yield
    finally:
        if watched is not None:
            note_end(watched, search.member, asyncio.CancelledError())


class WatchedSteps:
    """The *steps* of a generator, of which the end is noted."""

    def __init__(self, steps: SoughtSteps, watched: Dispatch) -> None:
        self._steps = steps
        self._watched = watched
        self._error: BaseException | None = None
        """What the last step has ended in."""

    async def first(self) -> object:
        """Return the generator's first value."""
        return await self._noted(self._steps.first())

    async def following(self) -> object:
        """Return the next value."""
        self._watched.resumed()
        return await self._noted(self._steps.following())

    async def send(self, value: object) -> object:
        """Resume the generator with *value* and return what it yields."""
        self._watched.resumed()
        return await self._noted(self._steps.send(value))

    async def throw(self, error: BaseException) -> object:
        """Resume the generator with *error* and return what it yields."""
        self._watched.resumed()
        return await self._noted(self._steps.throw(error))

    async def aclose(self) -> None:
        """Close the generator; one that was closed early has returned, if it has answered."""
        try:
            await self._steps.aclose()
        except BaseException as exc:
            self._error = exc
            raise
        finally:
            if self._error is None and not self._watched.is_answered:
                self._error = asyncio.CancelledError()
            note_end(self._watched, self._steps.member, self._error)
            self._error = None

    async def _noted(self, step: Awaitable[object]) -> object:
        try:
            value = await step
        except StopAsyncIteration:
            note_end(self._watched, self._steps.member)
            raise
        except BaseException as exc:
            self._error = exc
            if (
                self._watched.is_answered or self._watched.failure
            ):  # or else the generator may live on until it is closed
                note_end(self._watched, self._steps.member, exc)
            raise
        self._error = None
        return value
