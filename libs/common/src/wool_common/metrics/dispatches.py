"""Count dispatches and how long they took."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Final

from wool_common.metrics.names import (
    ACTIVE,
    ATTEMPTS,
    BYTES,
    PAYLOAD_BYTES,
    POOL_WORKERS,
    SESSIONS,
    STATES,
    WAITING,
)
from wool_common.metrics.numbers import Buckets, Reading, Value, merged
from wool_common.metrics.routine_counts import RoutineCounts
from wool_common.routine_names import OTHER, REMEMBERED, CountedRoutines
from wool_common.watching import Dispatch, Failure, Row, Watching

CLIENT: Final = "client"

BATCH: Final = 256
"""Dispatches that are counted together."""

REASONS: Final = frozenset(
    {
        *("draining", "backpressure", "too-large", "cancelled"),
        *("hook-failed", "hook-timeout", "hook-busy"),
        *("max-tasks", "max-memory", "max-loop-lag"),
    }
)
"""Reasons of refusals that are told apart; hooks of one's own say what they like."""

OTHERS: Final[tuple[tuple[str, str], ...]] = (("taken", ""), ("unreached", ""), ("lost", ""))
"""What else comes of attempts; where that says it all, there is no reason."""


class DispatchCounts:
    """
    Counts the dispatches that this process makes, and tells of its pools.

    Dispatches may end on any thread; none waits for another, but for one in a batch.
    """

    hears_begin = False
    hears_steps = False

    def __init__(self, watching: Watching) -> None:
        self._watching = watching
        self._ended: deque[Dispatch] = deque()
        self._lock = threading.Lock()
        self._by_tag: dict[str, RoutineCounts] = {}
        self._routines: dict[str, RoutineCounts] = {}
        self._names = CountedRoutines()
        self._attempts: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._attempts.update(dict.fromkeys(OTHERS, 0))
        self._attempts.update({("refused", reason): 0 for reason in sorted(REASONS)})
        self._sent = Buckets(BYTES)
        self._received = Buckets(BYTES)

    # ── what is heard ─────────────────────────────────────────────────────────

    def begun(self, dispatch: Dispatch, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Do nothing: it is counted once it ends."""
        return headers

    def failed(self, dispatch: Dispatch, failure: Failure, reason: str) -> None:
        """Count an attempt that has come to nothing."""
        told = "" if failure != "refused" else reason if reason in REASONS else OTHER
        with self._lock:
            self._attempts[failure, told] += 1

    def resumed(self, dispatch: Dispatch) -> None:
        """Do nothing: all of a generator is one dispatch."""

    def ended(self, dispatch: Dispatch) -> None:
        """Count a dispatch that has ended."""
        ended = self._ended
        ended.append(dispatch)  # looked into later: a loop does that in a third of the time
        if len(ended) >= BATCH:
            self._count()

    def _count(self) -> None:
        with self._lock:
            ended = self._ended
            by_tag: defaultdict[str, list[Row]] = defaultdict(list)
            traced: list[Dispatch] = []
            for _ in range(len(ended)):
                dispatch = ended.popleft()
                by_tag[dispatch.tag].append(dispatch.row())
                if dispatch.trace is not None:
                    traced.append(dispatch)
            for tag, rows in by_tag.items():
                taken = self._routine(tag).add(rows, self._sent, self._received)
                self._attempts["taken", ""] += taken
            for dispatch in traced:
                self._routine(dispatch.tag).exemplify(dispatch)

    def _routine(self, tag: str) -> RoutineCounts:
        found = self._by_tag.get(tag)
        if found is not None:
            return found
        found = self._routines.setdefault(self._names.name(tag), RoutineCounts())
        if len(self._by_tag) < REMEMBERED:
            self._by_tag[tag] = found
        return found

    # ── what is told ──────────────────────────────────────────────────────────

    def read(self) -> list[Reading]:
        """Return what there is to tell."""
        self._count()
        with self._lock:
            attempts: dict[tuple[str, ...], Value] = {
                what: float(count) for what, count in self._attempts.items()
            }
            payloads: dict[tuple[str, ...], Value] = {
                ("sent",): self._sent.read(),
                ("received",): self._received.read(),
            }
            routines = [r for name, counts in self._routines.items() for r in counts.read(name)]
        return merged(
            [
                *routines,
                Reading(ATTEMPTS, attempts),
                Reading(PAYLOAD_BYTES, payloads),
                *self._pools(),
            ]
        )

    def _pools(self) -> list[Reading]:
        states: dict[str, int] = dict.fromkeys(STATES, 0)
        active = waiting = sessions = 0
        for ref in self._watching.pools.valuerefs():
            pool = ref()
            if pool is not None and not pool.closed:
                stats = pool.stats()
                active += stats.active
                waiting += stats.waiting
                sessions += stats.sessions
                for state, count in stats.states.items():
                    states[state] += count
        return [
            Reading(ACTIVE, {(CLIENT,): float(active)}),
            Reading(WAITING, {(CLIENT,): float(waiting)}),
            Reading(SESSIONS, {(CLIENT,): float(sessions)}),
            Reading(POOL_WORKERS, {(state,): float(count) for state, count in states.items()}),
        ]
