"""Take the workers in turn."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from wool.runtime.loadbalancer.picker import C, Picker
from wool_common.metadata import WorkerId

if TYPE_CHECKING:
    from wool.runtime.loadbalancer.placed import PlacedTask


class RoundRobinLoadBalancer(Picker):
    """Takes the workers in turn; picking costs the same however many there are."""

    def __init__(self) -> None:
        # `next` on a count is atomic, so that callers in several threads may share it.
        self._turn = itertools.count()

    def pick(self, members: Sequence[C], task: PlacedTask | None = None) -> C:
        """Return the next of *members*, which must not be empty."""
        return members[next(self._turn) % len(members)]

    def pick_untried(
        self, members: Sequence[C], tried: Collection[WorkerId], task: PlacedTask | None
    ) -> C | None:
        """Return the next of *members* that is not among *tried*, None where there is none."""
        for _ in members:
            member = self.pick(members)
            if member.metadata.uid not in tried:
                return member
        # Callers in other threads may have had the turns of those not tried yet.
        return super().pick_untried(members, tried, task)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), ()
