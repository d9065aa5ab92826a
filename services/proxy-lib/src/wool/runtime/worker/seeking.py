"""Wait until a pool has a worker that will do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from wool.runtime.worker.members import UNTRIED
from wool.runtime.worker.peer import Peer, State
from wool.runtime.worker.prospects import Supply, may_come
from wool.runtime.worker.waiting import Waiters
from wool_common.errors import Attempt, NoWorkersAvailable
from wool_common.metadata import WorkerId, WorkerMetadata

LIVE: Final = frozenset({State.CONNECTING, State.READY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    Which worker would do: one of those *admitted*, in words *wanted*, and not *tried*.

    *tried* tells what became of each attempt so far.
    """

    admitted: Callable[[WorkerMetadata], bool] | None = None
    wanted: str = ""
    tried: Mapping[WorkerId, Attempt] = field(default_factory=dict[WorkerId, Attempt])

    def admits(self, worker: WorkerMetadata) -> bool:
        """Return whether *worker* would do, tried or not."""
        return self.admitted is None or self.admitted(worker)


class Where(Protocol):
    """A pool's proxy, as those who wait for a worker need it."""

    @property
    def ready(self) -> tuple[Peer, ...]: ...

    @property
    def usable(self) -> tuple[Peer, ...]: ...

    @property
    def members(self) -> tuple[Peer, ...]: ...

    @property
    def quorum(self) -> int: ...

    @property
    def gathered(self) -> bool: ...

    @property
    def closed(self) -> bool: ...

    @property
    def supply(self) -> Supply: ...

    @property
    def shortfall(self) -> str: ...

    @property
    def is_settling(self) -> bool: ...

    @property
    def has_spill(self) -> bool: ...

    @property
    def news(self) -> Waiters: ...

    def explain(self, members: Iterable[Peer]) -> list[Attempt]: ...

    def wake(self, wish: Wish) -> None: ...


async def sought(where: Where, wish: Wish, limit: float | None) -> tuple[Peer, ...]:
    """
    Return the members that would do, waiting until there is one.

    Raises:
        NoWorkersAvailable: there was none within *limit* seconds, or none can come.
    """
    try:
        async with asyncio.timeout(limit):
            while True:
                with where.news.one() as waiter:
                    found = among(where.ready, wish)
                    if found:
                        return found
                    problem = hopeless(where, wish)
                    if problem is not None:
                        raise none_left(where, wish, problem)
                    where.wake(wish)
                    await waiter.told
    except TimeoutError:
        raise none_left(where, wish, _too_late(where, wish, limit or 0.0)) from None


def among(members: Iterable[Peer], wish: Wish) -> tuple[Peer, ...]:
    """Return those of *members* that would do."""
    return tuple(m for m in members if m.metadata.uid not in wish.tried and wish.admits(m.metadata))


def sleepers(members: Iterable[Peer], wish: Wish) -> list[WorkerId]:
    """Return who could be connected for *wish*: nobody where one that would do may be soon."""
    if wish.admitted is None and not wish.tried:
        return []
    matching = among(members, wish)
    if any(m.state in LIVE and not m.draining for m in matching):
        return []
    return [m.metadata.uid for m in matching if m.state is State.KNOWN]


def hopeless(where: Where, wish: Wish) -> str | None:
    """Return why it makes no sense to wait, None where it does."""
    if where.closed:
        return "the pool was closed"
    members = where.members
    if not where.gathered:
        return _quorum_out_of_reach(where, members)
    if wish.admitted is not None:
        matching = [m for m in members if wish.admits(m.metadata)]
        if not matching and members:
            return f"no worker in the pool matches {wish.wanted}"
        members = tuple(matching)
    if wish.tried and not where.has_spill:
        members = tuple(m for m in members if m.state is not State.KNOWN)
    if may_come(members, where.supply, wish.tried):
        return None
    if wish.tried:
        return "no worker took the task"
    return "no worker can be used, and no other one will come" if members else "the pool is empty"


async def tried(where: Where) -> None:
    """Wait until whoever is being connected can be used, or why not is known."""
    untried: list[Peer] | None = None
    while True:
        with where.news.one() as waiter:
            if untried is None and not where.is_settling:
                untried = list(where.members)
            if untried is not None:
                # The last one alone is looked at again and again.
                while untried and not _is_untried(untried[-1]):
                    untried.pop()
                if not untried:
                    return
            await waiter.told


def none_left(where: Where, wish: Wish, problem: str) -> NoWorkersAvailable:
    """Return the error that says *problem*, and what is the matter with each worker."""
    others = [m for m in where.members if m.metadata.uid not in wish.tried]
    return NoWorkersAvailable(problem, [*wish.tried.values(), *where.explain(others)])


def _quorum_out_of_reach(where: Where, members: tuple[Peer, ...]) -> str | None:
    if where.supply is Supply.OPEN:
        return None
    if not may_come(members, where.supply):
        return "no worker fits this client" if members else "the pool is empty"
    if where.supply is Supply.REPLACED:
        return None
    hopes = sum(may_come([m], where.supply) for m in members)
    if hopes >= where.quorum:
        return None
    return f"the quorum is {where.quorum} workers, and only {hopes} can be used"


def _too_late(where: Where, wish: Wish, limit: float) -> str:
    if wish.tried:
        return f"no worker took the task, and no other one became ready within {limit:.3g} s"
    text = f"no worker became ready within {limit:.3g} s"
    if not where.gathered and where.quorum > 1:
        usable = len(where.usable)
        text = (
            f"{usable} of the {where.quorum} workers of the quorum were ready after {limit:.3g} s"
        )
    return f"{text}: {where.shortfall}" if where.shortfall and not where.members else text


def _is_untried(member: Peer) -> bool:
    return member.state is State.CONNECTING and member.reason == UNTRIED
