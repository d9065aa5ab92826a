"""Count the dispatches of one routine, many at a time."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from wool_common.buckets import SECONDS
from wool_common.metrics.names import DISPATCH_SECONDS, DISPATCHES, PHASES
from wool_common.metrics.numbers import Buckets, Exemplar, Reading, Value
from wool_common.watching import OUTCOMES, Dispatch, Outcome, Row


class RoutineCounts:
    """How the dispatches of one routine ended, and how long their phases took."""

    def __init__(self) -> None:
        self._outcomes: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
        self._phases = {phase: Buckets(SECONDS) for phase in PHASES}

    def add(self, rows: Sequence[Row], sent: Buckets, received: Buckets) -> int:
        """Count *rows*, and their payloads; return how many attempts were taken."""
        # By columns, for loops in C: 0.5 us a row, thrice that row by row.
        outcomes, taken, sizes_sent, sizes_received, *phases = zip(*rows, strict=True)
        for outcome in set(outcomes):
            self._outcomes[outcome] += outcomes.count(outcome)
        for phase, seconds in zip(PHASES, phases, strict=True):
            add_all(self._phases[phase], seconds)
        add_all(sent, sizes_sent)
        add_all(received, [size for size in sizes_received if size])
        return sum(taken)

    def exemplify(self, dispatch: Dispatch) -> None:
        """Have *dispatch*, which was traced, stand for those that took as long as it did."""
        ids = None if dispatch.trace is None else dispatch.trace.ids
        if ids is None:
            return
        at = time.time() - (time.perf_counter() - dispatch.ended)
        for phase, seconds in zip(PHASES, dispatch.phases(), strict=True):
            buckets = self._phases[phase]
            buckets.exemplars[bisect_left(buckets.bounds, seconds)] = Exemplar(*ids, seconds, at)

    def read(self, routine: str) -> list[Reading]:
        """Return what there is to tell."""
        outcomes: dict[tuple[str, ...], Value] = {
            (outcome, routine): float(count) for outcome, count in self._outcomes.items()
        }
        phases: dict[tuple[str, ...], Value] = {
            (phase, routine): buckets.read() for phase, buckets in self._phases.items()
        }
        return [Reading(DISPATCHES, outcomes), Reading(DISPATCH_SECONDS, phases)]


def add_all(buckets: Buckets, values: Sequence[float]) -> None:
    """Count *values*."""
    if not values:
        return
    buckets.sum += sum(values)
    if max(values) <= buckets.bounds[0]:  # most phases of most dispatches
        buckets.counts[0] += len(values)
        return
    ordered, before = sorted(values), 0
    for at, bound in enumerate(buckets.bounds):
        within = bisect_right(ordered, bound, before)
        buckets.counts[at] += within - before
        before = within
    buckets.counts[-1] += len(ordered) - before
