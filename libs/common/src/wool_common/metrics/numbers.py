"""The numbers behind metrics, before anybody asks for them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from wool_common.metrics.names import Metric


class Exemplar(NamedTuple):
    """One value of a bucket, with where it stands in which trace, and when it was."""

    trace_id: str
    span_id: str
    value: float
    at: float


NO_EXEMPLARS: Final[Mapping[int, Exemplar]] = MappingProxyType({})


class Counts(NamedTuple):
    """
    A histogram's numbers: how many fell into each bucket alone, and the sum of all.

    *exemplars* are by the number of their bucket.
    """

    counts: tuple[int, ...]
    sum: float
    exemplars: Mapping[int, Exemplar] = NO_EXEMPLARS


Value = float | Counts


class Reading(NamedTuple):
    """One metric as it is now: its values by the values of its labels."""

    metric: Metric
    values: Mapping[tuple[str, ...], Value]


class Source(Protocol):
    """Whoever has numbers; asked from any thread, each time anew."""

    def read(self) -> Iterable[Reading]:
        """Return what there is to tell."""
        ...


class Buckets:
    """How many values fell between which *bounds*; counted from one thread, read from any."""

    __slots__ = ("bounds", "counts", "exemplars", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0
        self.exemplars: dict[int, Exemplar] = {}

    def add(self, value: float) -> None:
        """Count *value*."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def read(self) -> Counts:
        """Return the numbers of now."""
        return Counts(tuple(self.counts), self.sum, self.exemplars.copy())


def together(one: Value, other: Value) -> Value:
    """Return the sum of two values of one metric."""
    if isinstance(one, Counts) and isinstance(other, Counts):
        counts = tuple(a + b for a, b in zip(one.counts, other.counts, strict=True))
        return Counts(counts, one.sum + other.sum, {**one.exemplars, **other.exemplars})
    assert not isinstance(one, Counts)
    assert not isinstance(other, Counts)
    return one + other


def merged(readings: Iterable[Reading]) -> list[Reading]:
    """Return *readings* with each metric once: what several sources say of it is added up."""
    found: dict[str, tuple[Metric, dict[tuple[str, ...], Value]]] = {}
    for metric, values in readings:
        _, known = found.setdefault(metric.name, (metric, {}))
        for labels, value in values.items():
            known[labels] = together(known[labels], value) if labels in known else value
    return [Reading(metric, values) for metric, values in found.values()]
