"""Take the less busy one of two workers drawn at random."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, ClassVar

from wool.runtime.loadbalancer.picker import C, Picker
from wool.runtime.loadbalancer.tally import Tally
from wool_common.frames import Load
from wool_common.metadata import WorkerId

if TYPE_CHECKING:
    from wool.runtime.loadbalancer.placed import PlacedTask


class PowerOfTwoLoadBalancer(Picker):
    """
    Draws two workers by *random* and takes the one with fewer tasks.

    Many clients that hear late how busy the workers are do not all run to the same one. By
    *clock*, reports fade that are not renewed.
    """

    follows_load: ClassVar[bool] = True

    def __init__(
        self, *, random: Random | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._random = random or Random()
        self._lock = threading.Lock()
        self._tally = Tally(clock)

    def pick(self, members: Sequence[C], task: PlacedTask | None = None) -> C:
        """Return the less loaded of two of *members*, which must not be empty."""
        count = len(members)
        with self._lock:
            self._tally.forget_strangers(members, count)
            for _ in self._tally.aged():
                pass
            chosen = members[int(self._random.random() * count)]
            if count > 1:
                # Drawn among the others, so that the two are never one.
                other = members[int(self._random.random() * (count - 1))]
                if other is chosen:
                    other = members[-1]
                if self._tally.of(other) < self._tally.of(chosen):
                    chosen = other
            self._tally.picked(chosen.metadata.uid)
        return chosen

    def ended(self, worker: WorkerId) -> None:
        """Note that a task picked for *worker* runs there no more."""
        with self._lock:
            self._tally.ended(worker)

    def reported(self, worker: WorkerId, load: Load) -> None:
        """Note how busy *worker* says it is, with the tasks of every client."""
        with self._lock:
            self._tally.reported(worker, load)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), ()
