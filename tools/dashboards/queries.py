"""Write PromQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WINDOW: Final = "$__rate_interval"

CHOSEN: Final = 'job=~"$job",instance=~"$instance"'
"""The processes that were chosen at the top of the dashboard."""

ROUTINES: Final = f'{CHOSEN},routine=~"$routine"'
"""The processes and the routines."""

IS_WORKER: Final = 'on (job, instance) wool_sessions{side="worker"}'
"""Matches the processes that are workers, whatever their job is called."""

IS_DISCOVERY: Final = "on (job, instance) wool_discovery_workers"
"""Matches the processes that are discovery services."""

QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Query:
    """What a panel asks; *legend* names each series by its labels."""

    expression: str
    legend: str = ""


def total(selected: str, *labels: str) -> str:
    """Return how often *selected* is counted each second, by *labels*."""
    return summed(rate(selected), *labels)


def summed(expression: str, *labels: str) -> str:
    """Return the sum of *expression* by *labels*."""
    by = f" by ({', '.join(labels)})" if labels else ""
    return f"sum{by} ({expression})"


def rate(selected: str) -> str:
    """Return the growth of *selected* each second."""
    return f"rate({selected}[{WINDOW}])"


def quantile(share: float, buckets: str, *labels: str, only: str = "") -> str:
    """Return below what a *share* of the histogram lies, by *labels*; *only* says of which."""
    inner = f"{rate(buckets)} {only}" if only else rate(buckets)
    return f"histogram_quantile({share:g}, {summed(inner, 'le', *labels)})"


def quantiles(buckets: str) -> list[Query]:
    """Return the three quantiles of a histogram."""
    return [Query(quantile(share, buckets), name) for name, share in QUANTILES.items()]
