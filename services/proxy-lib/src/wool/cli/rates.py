"""Turn what a worker has counted into what happens in a second."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from wool_common.describe import Description, Tallies

FAILED: Final = ("raised", "lost")
"""The outcomes that somebody may have to look after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What happened in a window of *seconds*; all are counts of it."""

    seconds: float
    ended: int
    failed: int
    refused: Mapping[str, int]
    bounds: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()

    def per_second(self, count: int) -> float | None:
        """Return how often that was in a second, None where it is too early to say."""
        return count / self.seconds if self.seconds > 0 else None

    @property
    def throughput(self) -> float | None:
        """Tasks that ended in a second."""
        return self.per_second(self.ended)

    @property
    def failures(self) -> float | None:
        """Tasks that raised or were lost in a second."""
        return self.per_second(self.failed)

    @property
    def refusals(self) -> float | None:
        """Tasks that were not let in, in a second."""
        return self.per_second(sum(self.refused.values()))

    def quantile(self, share: float) -> float | None:
        """Return what that *share* of tasks took at most, in seconds, None without tasks."""
        return quantile(self.bounds, self.counts, share)


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    tallies: Tallies


@dataclass(slots=True)
class Meter:
    """
    Remembers what one worker has counted, over a *window* of seconds.

    Time is the worker's own, so that neither the network nor this program's delays count.
    """

    window: float
    _samples: deque[_Sample] = field(default_factory=deque[_Sample])
    _uid: str = ""

    def hear(self, description: Description) -> None:
        """Take in what the worker says now."""
        worker, tallies = description.metadata, description.tallies
        if worker.uid != self._uid:
            self._samples.clear()
            self._uid = worker.uid
        if tallies is None or (self._samples and description.uptime <= self._samples[-1].at):
            return
        self._samples.append(_Sample(description.uptime, tallies))
        # One at the beginning of the window, or before, is what the others are compared with.
        while len(self._samples) > 2 and self._samples[1].at <= description.uptime - self.window:
            self._samples.popleft()

    def rates(self) -> Rates | None:
        """Return what happened in the window, None where the worker has said too little."""
        if len(self._samples) < 2:
            return None
        first, last = self._samples[0], self._samples[-1]
        ended = _gained(first.tallies.ended, last.tallies.ended)
        return Rates(
            seconds=last.at - first.at,
            ended=sum(ended.values()),
            failed=sum(ended.get(outcome, 0) for outcome in FAILED),
            refused=_gained(first.tallies.refused, last.tallies.refused),
            bounds=last.tallies.bounds,
            counts=tuple(
                now - before
                for before, now in zip(first.tallies.counts, last.tallies.counts, strict=False)
            ),
        )


def summed(rates: Iterable[Rates]) -> Rates | None:
    """
    Return what happened on several workers together, None without any.

    Each counts by its rate, in latencies too, however long it has been looked at.
    """
    held = [one for one in rates if one.seconds > 0]
    if not held:
        return None
    refused: dict[str, float] = {}
    for one in held:
        for reason, count in one.refused.items():
            refused[reason] = refused.get(reason, 0) + count / one.seconds
    longest = max(one.seconds for one in held)
    bounds = held[0].bounds
    alike = [
        [count * longest / one.seconds for count in one.counts]
        for one in held
        if one.bounds == bounds
    ]
    return Rates(
        seconds=longest,
        ended=round(sum(one.ended / one.seconds for one in held) * longest),
        failed=round(sum(one.failed / one.seconds for one in held) * longest),
        refused={reason: round(count * longest) for reason, count in refused.items()},
        bounds=bounds,
        counts=tuple(map(sum, zip(*alike, strict=True))),
    )


def quantile(bounds: Sequence[float], counts: Sequence[float], share: float) -> float | None:
    """
    Return what *share* of the values is below, as Prometheus estimates it from buckets.

    Values are taken to lie evenly in their bucket; those above all bounds count as the last.
    """
    total = sum(counts)
    if not total or not bounds:
        return None
    wanted = share * total
    below = 0
    for at, (bound, count) in enumerate(zip(bounds, counts, strict=False)):
        if count and below + count >= wanted:
            lower = bounds[at - 1] if at else 0.0
            return lower + (bound - lower) * (wanted - below) / count
        below += count
    return bounds[-1]


def _gained(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    return {name: count - before.get(name, 0) for name, count in now.items()}
