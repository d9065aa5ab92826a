"""Count how this worker's tasks ended, for whoever asks."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from wool_common.buckets import SECONDS
from wool_common.routine_names import OTHER, REMEMBERED, CountedRoutines

Outcome = Literal["returned", "raised", "cancelled", "lost"]
"""How a task ended; `lost` where the worker gave it up or its client was gone."""

OUTCOMES: Final[tuple[Outcome, ...]] = ("returned", "raised", "cancelled", "lost")

REASONS: Final = 20
"""Reasons of refusals that are told apart, for hooks say what they like."""
LONGEST_REASON: Final = 60


class Tally:
    """Durations of tasks, in the buckets of `wool_common.buckets.SECONDS` with one above all."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one task that took *seconds*."""
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.seconds += seconds

    def merge(self, other: Tally) -> None:
        """Count what *other* has counted, too."""
        self.counts = [mine + its for mine, its in zip(self.counts, other.counts, strict=True)]
        self.seconds += other.seconds

    @property
    def count(self) -> int:
        """Tell how many tasks there were."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Totals:
    """All that has been counted; *tasks* takes any duration with it, whatever the outcome."""

    outcomes: Mapping[Outcome, int]
    refusals: Mapping[str, int]
    tasks: Tally


class Tallies:
    """
    Counts how tasks ended since the worker began.

    `ended` is called on the routines' loop alone, `refused` on any thread; whoever reads
    may do so on any thread, and sees each number as it is or was a moment ago.
    """

    def __init__(self) -> None:
        self._by_tag: dict[tuple[str, Outcome], Tally] = {}
        self._series: dict[tuple[str, Outcome], Tally] = {}
        self._names = CountedRoutines()
        self._lock = threading.Lock()
        self._refusals: dict[str, int] = {}

    def ended(self, tag: str, outcome: Outcome, seconds: float) -> None:
        """Count a task of the routine *tag* that has ended, *seconds* after its arrival."""
        tally = self._by_tag.get((tag, outcome))
        if tally is None:
            tally = self._tally(tag, outcome)
        tally.add(seconds)

    def refused(self, reason: str) -> None:
        """Count a task that was not let in."""
        with self._lock:
            known = reason in self._refusals
            if not known and (len(self._refusals) >= REASONS or len(reason) > LONGEST_REASON):
                reason = OTHER
            self._refusals[reason] = self._refusals.get(reason, 0) + 1

    def series(self) -> list[tuple[str, Outcome, Tally]]:
        """Return each routine's tally by outcome; the tallies go on counting."""
        return [(routine, outcome, tally) for (routine, outcome), tally in self._held()]

    def refusals(self) -> dict[str, int]:
        """Return how many tasks were refused, by reason."""
        with self._lock:
            return dict(self._refusals)

    def totals(self) -> Totals:
        """Return what has been counted of all routines together."""
        outcomes: defaultdict[Outcome, int] = defaultdict(int)
        tasks = Tally()
        for (_, outcome), tally in self._held():
            seen = Tally()
            seen.merge(tally)
            outcomes[outcome] += seen.count
            tasks.merge(seen)
        return Totals({name: outcomes[name] for name in OUTCOMES}, self.refusals(), tasks)

    def _held(self) -> list[tuple[tuple[str, Outcome], Tally]]:
        with self._lock:  # only while a series is new does the other side wait
            return list(self._series.items())

    def _tally(self, tag: str, outcome: Outcome) -> Tally:
        with self._lock:
            tally = self._series.setdefault((self._names.name(tag), outcome), Tally())
            if len(self._by_tag) < REMEMBERED:
                self._by_tag[tag, outcome] = tally
            return tally
