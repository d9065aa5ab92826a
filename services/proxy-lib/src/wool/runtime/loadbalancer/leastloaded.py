"""Take the worker that has the least to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, ClassVar

from wool.runtime.loadbalancer.levels import Levels
from wool.runtime.loadbalancer.picker import C, Picker
from wool.runtime.loadbalancer.snapshots import Snapshots
from wool.runtime.loadbalancer.tally import Tally
from wool_common.frames import Load
from wool_common.metadata import WorkerId

if TYPE_CHECKING:
    from wool.runtime.loadbalancer.placed import PlacedTask


class LeastLoadedLoadBalancer(Picker):
    """
    Takes the worker with the fewest tasks: those it reports, and this client's since.

    Picking from a tuple that was seen before costs the same however long it is. Equals are
    chosen among by *random*; by *clock*, reports fade that are not renewed.
    """

    follows_load: ClassVar[bool] = True

    def __init__(
        self, *, random: Random | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._toss = (random or Random()).random
        self._lock = threading.Lock()
        self._tally = Tally(clock)
        self._indexes: Snapshots[_Index] = Snapshots()

    def pick(self, members: Sequence[C], task: PlacedTask | None = None) -> C:
        """Return the least loaded of *members*, which must not be empty."""
        with self._lock:
            for worker, level in self._tally.aged():
                self._move(worker, level)
            index = self._indexes.get(members)
            if index is None:
                index = self._index(members)
            least = index.levels.lowest(self._toss)
            self._tally.picked(least)
            self._step(least, 1)
        return members[index.places[least]]

    def ended(self, worker: WorkerId) -> None:
        """Note that a task picked for *worker* runs there no more."""
        with self._lock:
            if self._tally.ended(worker):
                self._step(worker, -1)

    def reported(self, worker: WorkerId, load: Load) -> None:
        """Note how busy *worker* says it is, with the tasks of every client."""
        with self._lock:
            self._move(worker, self._tally.reported(worker, load))

    def _index(self, members: Sequence[C]) -> _Index:
        if self._tally.forget_strangers(members, len(members)):
            self._indexes = Snapshots()  # what is forgotten would fade in none of them
        index = _Index(
            {member.metadata.uid: at for at, member in enumerate(members)},
            Levels({member.metadata.uid: self._tally.of(member) for member in members}),
        )
        # Other sequences may change, or are made for one task.
        if isinstance(members, tuple):
            self._indexes.put(members, index)
        return index

    def _step(self, worker: WorkerId, by: int) -> None:
        for index in self._indexes:
            index.levels.step(worker, by)

    def _move(self, worker: WorkerId, level: int) -> None:
        for index in self._indexes:
            index.levels.move(worker, level)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), ()


class _Index:
    """The members of one tuple: where they stand in it, and how busy they are."""

    __slots__ = ("levels", "places")

    def __init__(self, places: dict[WorkerId, int], levels: Levels[WorkerId]) -> None:
        self.places = places
        self.levels = levels
