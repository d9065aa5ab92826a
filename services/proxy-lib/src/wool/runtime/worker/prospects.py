"""Tell whether it is worth waiting for a worker."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum

from wool.runtime.worker.peer import REFUSED, Peer, State
from wool_common.metadata import WorkerId


class Supply(Enum):
    """Who may come to a pool later."""

    FIXED = "nobody: who goes is not replaced"
    REPLACED = "a worker of the same kind, for each that goes"
    OPEN = "anybody"


def may_come(
    members: Iterable[Peer], supply: Supply, tried: Collection[WorkerId] = frozenset()
) -> bool:
    """
    Tell whether waiting may bring a worker that can be used.

    *members* are those that would do, *tried* those among them that have turned the task
    down.
    """
    is_empty = True
    for member in members:
        is_empty = False
        if _may_serve(member, supply, tried=member.metadata.uid in tried):
            return True
    if is_empty:
        return supply is not Supply.FIXED
    return supply is Supply.OPEN and not tried


def _may_serve(member: Peer, supply: Supply, *, tried: bool) -> bool:
    """Tell whether *member* may become usable, or another one take its place."""
    if member.state in REFUSED:
        return False
    if member.draining or member.state is State.CLOSED:
        return supply is not Supply.FIXED
    if tried:
        # One that is still there would turn the task down again.
        return member.state is not State.READY and supply is not Supply.FIXED
    return True
