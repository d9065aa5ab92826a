"""Decide what a pool is to be from its arguments."""

from __future__ import annotations

from dataclasses import dataclass

from wool.runtime.checks import checked_count


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPlan:
    """
    How many workers a pool starts itself, and where others come from.

    *lease* is how many found workers it takes at a time, None being any number; it is 0
    where there is no discovery. *given* is how many are known beforehand.
    """

    own: int
    finds: bool
    lease: int | None
    given: int = 0

    @property
    def capacity(self) -> int | None:
        """How many workers it can have at a time, None where there is no limit."""
        return None if self.lease is None else self.own + self.given + self.lease


def plan_pool(
    size: int | None, spawn: int | None, lease: int | None, *, finds: bool, cpus: int
) -> PoolPlan:
    """
    Choose among the four modes of a pool.

    Raises:
        TypeError, ValueError: the numbers make no sense; the text names the argument.
    """
    own = plan_size(size, spawn, finds=finds, cpus=cpus)
    if lease is not None:
        checked_count("lease", lease, least=0 if own else 1, unit="found workers")
    return PoolPlan(own=own, finds=finds, lease=lease if finds else 0)


def plan_size(size: int | None, spawn: int | None, *, finds: bool, cpus: int) -> int:
    """
    Return how many workers to start.

    Raises:
        TypeError, ValueError: the numbers make no sense; the text says why.
    """
    if size is not None and spawn is not None:
        raise TypeError("size and spawn are two names for one thing; give one of them")
    name, wanted = ("size", size) if spawn is None else ("spawn", spawn)
    if wanted is None:
        return 0 if finds else cpus
    checked_count(name, wanted, least=0, unit="workers (0: one per CPU)")
    return wanted or cpus


def checked_quorum(quorum: int | None, plan: PoolPlan) -> int:
    """
    Return *quorum* as a number, 0 standing for none.

    Raises:
        TypeError, ValueError: it is no such number, or more than the pool can ever have.
    """
    if quorum is None:
        return 0
    checked_count("quorum", quorum, least=0, unit="workers")
    if plan.capacity is not None and quorum > plan.capacity:
        raise ValueError(
            f"quorum is {quorum}, but this pool has at most {plan.capacity} workers at a time"
        )
    return quorum
