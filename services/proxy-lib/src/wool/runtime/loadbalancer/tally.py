"""Count how busy each worker is, as far as one client can tell."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from wool.runtime.loadbalancer.picker import Candidate
from wool_common.frames import Load
from wool_common.metadata import WorkerId

ROOM: Final = 64
"""How many workers beyond twice the members may be remembered before some are forgotten."""

HALF_LIFE: Final = 5.0
"""Seconds after which a report counts half: a worker that is shunned tells nothing new."""


class Tally:
    """
    How busy each worker is: what it reported of others' tasks, and this client's own.

    A report counts this client's tasks too; those in flight when it came are taken off,
    so that what was picked since is not forgotten and what ended since not kept. Without
    a new one, a report fades.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._own: dict[WorkerId, int] = {}
        self._reports: dict[WorkerId, tuple[Load, int]] = {}
        self._ageing: OrderedDict[WorkerId, float] = OrderedDict()
        self._most = 0

    def of(self, candidate: Candidate) -> int:
        """Return how many tasks *candidate* has."""
        worker = candidate.metadata.uid
        load = candidate.load
        report = self._reports.get(worker)
        if report is None or report[0] != load:
            return self.reported(worker, load)
        return report[1] + self._own.get(worker, 0)

    def picked(self, worker: WorkerId) -> None:
        """Note a task of this client's that goes to *worker*."""
        self._own[worker] = self._own.get(worker, 0) + 1

    def ended(self, worker: WorkerId) -> bool:
        """Note that one of this client's has ended; False where none was under way."""
        own = self._own.get(worker, 0)
        if own > 1:
            self._own[worker] = own - 1
        elif own == 1:
            del self._own[worker]
        return own > 0

    def reported(self, worker: WorkerId, load: Load) -> int:
        """Note the load of *worker*, and return how many tasks it has by that."""
        own = self._own.get(worker, 0)
        others = max(0, load.active - own)
        self._note(worker, load, others)
        return others + own

    def aged(self) -> Iterator[tuple[WorkerId, int]]:
        """Let old reports fade; yield whom that concerns, and the tasks they have by that."""
        ageing = self._ageing
        while ageing and self._clock() >= next(iter(ageing.values())):
            worker, _ = ageing.popitem(last=False)
            load, others = self._reports[worker]
            self._note(worker, load, others // 2)
            yield worker, others // 2 + self._own.get(worker, 0)

    def forget_strangers(self, members: Iterable[Candidate], count: int) -> bool:
        """
        Forget the reports of all but the *count* *members*; return whether it was time to.

        It is once there are far more than there ever were members: these may be a few
        picked out of all.
        """
        if count > self._most:  # in every pick: `max` would cost 0.1 us
            self._most = count
        if len(self._reports) <= 2 * self._most + ROOM:
            return False
        known = {member.metadata.uid for member in members}
        for worker in self._reports.keys() - known:
            del self._reports[worker]
            self._ageing.pop(worker, None)
        return True

    def _note(self, worker: WorkerId, load: Load, others: int) -> None:
        self._reports[worker] = load, others
        if others:
            self._ageing[worker] = self._clock() + HALF_LIFE
            self._ageing.move_to_end(worker)
        else:
            self._ageing.pop(worker, None)
