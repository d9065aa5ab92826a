"""Take the workers in turn."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeVar

M = TypeVar("M")


class RoundRobinLoadBalancer:
    """Takes the workers in turn; picking costs the same however many there are."""

    def __init__(self) -> None:
        # `next` on a count is atomic, so that callers in several threads may share it.
        self._turn = itertools.count()

    def pick(self, members: Sequence[M]) -> M:
        """Return the next of *members*, which must not be empty."""
        return members[next(self._turn) % len(members)]

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), ()
