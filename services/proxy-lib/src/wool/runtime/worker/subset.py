"""Choose to which of many workers a client stays connected."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Mapping
from typing import NamedTuple

from wool.runtime.loadbalancer.rendezvous import score
from wool_common.metadata import WorkerId


class Subset:
    """
    The workers worth a connection, ranked for one *client*.

    Clients rank them differently, so that their load spreads; a worker that comes or goes
    changes one place among the first *limit*, at most. None is no limit.
    """

    def __init__(self, client: str, limit: int | None) -> None:
        self.limit = limit
        self._client = client
        self._ranked: list[tuple[int, WorkerId]] = []

    def __len__(self) -> int:
        return len(self._ranked)

    def __contains__(self, uid: WorkerId) -> bool:
        place = self._place(uid)
        at = bisect_left(self._ranked, place)
        return at < len(self._ranked) and self._ranked[at] == place

    @property
    def has_spare(self) -> bool:
        """True where there are more than will be connected."""
        return self.limit is not None and len(self._ranked) > self.limit

    def put(self, uid: WorkerId) -> bool:
        """Take *uid* in; False where it is in already."""
        if uid in self:
            return False
        insort(self._ranked, self._place(uid))
        return True

    def drop(self, uid: WorkerId) -> bool:
        """Leave *uid* out; False where it is out already."""
        if uid not in self:
            return False
        del self._ranked[bisect_left(self._ranked, self._place(uid))]
        return True

    def chosen(self) -> list[WorkerId]:
        """Return those to be connected, best first."""
        return [uid for _, uid in self._ranked[: self.limit]]

    def best(self, among: Collection[WorkerId], count: int) -> list[WorkerId]:
        """Return at most *count* of *among*, best first, whether or not they were put in."""
        return sorted(among, key=self._place)[:count]

    def _place(self, uid: WorkerId) -> tuple[int, WorkerId]:
        return -score(self._client, uid), uid


class Plan(NamedTuple):
    """Whom to connect now, and whom to let go of."""

    open: list[WorkerId]
    rest: list[WorkerId]


def plan(
    chosen: list[WorkerId],
    connected: Mapping[WorkerId, bool],
    needed: Collection[WorkerId],
    limit: int | None,
) -> Plan:
    """
    Decide who is to be connected beyond, or instead of, those that are.

    *connected* tells of each whether it can be used. One that is not *chosen*, or *needed*
    for another reason, stays for as long as one that is chosen cannot be used yet, so that
    nobody is let go of before there is a replacement.
    """
    opened = [uid for uid in chosen if uid not in connected]
    if limit is None:
        return Plan(opened, [])
    wanted = {*chosen, *needed}
    extra = [uid for uid in connected if uid not in wanted]
    if not extra:
        return Plan(opened, [])
    extra.sort(key=lambda uid: not connected[uid])
    usable = sum(connected.get(uid, False) for uid in chosen)
    return Plan(opened, extra[max(0, limit - usable) :])
