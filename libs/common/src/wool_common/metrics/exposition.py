"""Tell Prometheus; the one module that imports its client."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import assert_never, cast

import google.protobuf
import grpc

from wool_common.metadata import VERSION
from wool_common.metrics import numbers
from wool_common.metrics.names import BUILD, Kind, Metric
from wool_common.metrics.numbers import Counts, Reading, Source, Value, merged

try:
    from prometheus_client import REGISTRY as REGISTRY
    from prometheus_client import CollectorRegistry as CollectorRegistry
    from prometheus_client import MetricsHandler as MetricsHandler
    from prometheus_client import ProcessCollector
    from prometheus_client.metrics_core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )
    from prometheus_client.metrics_core import Metric as Family
    from prometheus_client.registry import Collector
    from prometheus_client.samples import Exemplar
    from prometheus_client.utils import (
        floatToGoString,  # pyright: ignore[reportUnknownVariableType]
    )
except ImportError as exc:
    raise ImportError("Prometheus needs an extra: pip install 'wool[metrics]'") from exc


class Everything(Collector):
    """All that *sources* have to tell of *metrics*, as Prometheus wants it."""

    def __init__(self, metrics: Iterable[Metric], sources: Iterable[Source]) -> None:
        self._metrics = tuple(metrics)
        self._sources = tuple(sources)

    def describe(self) -> Iterable[Family]:
        """Return what will be told, without numbers."""
        return [family_of(Reading(metric, {})) for metric in self._metrics]

    def collect(self) -> Iterable[Family]:
        """Return the numbers of now."""
        readings = merged(reading for source in self._sources for reading in source.read())
        return [family_of(reading) for reading in readings]


class Build:
    """Tells which versions run here."""

    def read(self) -> list[Reading]:
        """Return the versions."""
        versions = platform.python_version(), grpc.__version__, google.protobuf.__version__
        return [Reading(BUILD, {(VERSION, *versions): 1.0})]


def own_registry(metrics: Iterable[Metric], sources: Iterable[Source]) -> CollectorRegistry:
    """Return a registry for a program of its own: *sources*, its versions, and its process."""
    registry = CollectorRegistry()
    registry.register(Everything((*metrics, BUILD), (*sources, Build())))
    ProcessCollector(registry=registry)
    return registry


def family_of(reading: Reading) -> Family:
    """Return *reading* as Prometheus wants it."""
    metric, values = reading
    match metric.kind:
        case Kind.COUNTER:
            made = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
            return _with_numbers(made, values)
        case Kind.GAUGE:
            made = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            return _with_numbers(made, values)
        case Kind.HISTOGRAM:
            made = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
            limits = [*(floatToGoString(bound) for bound in metric.bounds), "+Inf"]
            for labels, value in values.items():
                counts = cast(Counts, value)
                rising = zip(limits, _rising(counts), strict=True)
                buckets = [
                    (limit, count, _exemplar(counts.exemplars.get(number)))
                    for number, (limit, count) in enumerate(rising)
                ]
                made.add_metric(labels, buckets, counts.sum)  # pyright: ignore[reportArgumentType]
            return made
        case _:
            assert_never(metric.kind)


def _with_numbers(
    family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[tuple[str, ...], Value]
) -> Family:
    for labels, value in values.items():
        family.add_metric(labels, cast(float, value))
    return family


def _exemplar(found: numbers.Exemplar | None) -> Exemplar | None:
    if found is None:
        return None
    where = {"trace_id": found.trace_id, "span_id": found.span_id}
    return Exemplar(where, found.value, found.at)


def _rising(counts: Counts) -> Iterable[float]:
    """Return how many were within each bound, as Prometheus counts: with those below."""
    return accumulate(map(float, counts.counts))
