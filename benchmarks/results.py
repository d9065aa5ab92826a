"""Keep every value measured, by metric and system."""

import statistics
from dataclasses import dataclass, field

from benchmarks.metrics import METRICS, TARGETS, WOOL, Metric, Target
from benchmarks.rivals.catalog import TITLES
from benchmarks.tables import figure

ByMetric = dict[str, dict[str, list[float]]]
Reasons = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a target came to."""

    target: Target
    value: float
    is_met: bool

    @property
    def wanted(self) -> str:
        """Say what the target asks for."""
        metric, bound, rival = METRICS[self.target.metric], self.target.bound, self.target.rival
        if rival is not None:
            return f"≥ {bound:g} × {TITLES[rival]}"
        return f"{'≤' if metric.lower_is_better else '≥'} {bound:,g} {metric.unit}"

    @property
    def measured(self) -> str:
        """Say what was measured, in the terms of the target."""
        if self.target.rival is not None:
            return f"{self.value:.2f} ×"
        return f"{figure(self.value)} {METRICS[self.target.metric].unit}"

    def __str__(self) -> str:
        return f"{'met' if self.is_met else 'MISSED'}: {self.wanted}, is {self.measured}"


@dataclass(slots=True)
class Results:
    """What the rounds of one run brought, and what could not be measured."""

    values: ByMetric = field(default_factory=ByMetric)
    skipped: Reasons = field(default_factory=Reasons)

    def add(self, metric: str, system: str, value: float) -> None:
        """Remember one more *value* of *system*."""
        self.values.setdefault(metric, {}).setdefault(system, []).append(value)

    def skip(self, metric: str, system: str, reason: str) -> None:
        """Remember why *system* has no value for *metric*."""
        self.skipped.setdefault(metric, {})[system] = reason

    def metrics(self) -> list[Metric]:
        """Return the metrics that have values, in the order of the catalogue."""
        return [metric for key, metric in METRICS.items() if key in self.values]

    def median(self, metric: str, system: str) -> float | None:
        """Return the median over the rounds, or None if nothing was measured."""
        values = self.values.get(metric, {}).get(system)
        return statistics.median(values) if values else None

    def advantage(self, metric: str, rival: str) -> float | None:
        """Return how many times better wool's median is than *rival*'s."""
        mine, theirs = self.median(metric, WOOL), self.median(metric, rival)
        if mine is None or theirs is None:
            return None
        return METRICS[metric].advantage(mine, theirs)

    def verdicts(self, metric: str) -> list[Verdict]:
        """Judge the targets of *metric* for which there are figures."""
        verdicts = (self._judge(target) for target in TARGETS if target.metric == metric)
        return [verdict for verdict in verdicts if verdict is not None]

    def as_json(self) -> dict[str, object]:
        """Return the values, the reasons for the gaps, and the verdicts."""
        return {
            "values": self.values,
            "medians": {
                key: {system: self.median(key, system) for system in systems}
                for key, systems in self.values.items()
            },
            "skipped": self.skipped,
            "targets": {
                metric.key: [str(verdict) for verdict in verdicts]
                for metric in self.metrics()
                if (verdicts := self.verdicts(metric.key))
            },
        }

    def _judge(self, target: Target) -> Verdict | None:
        if target.rival is not None:
            value = self.advantage(target.metric, target.rival)
            is_smaller_wanted = False
        else:
            value = self.median(target.metric, WOOL)
            is_smaller_wanted = METRICS[target.metric].lower_is_better
        if value is None:
            return None
        is_met = value <= target.bound if is_smaller_wanted else value >= target.bound
        return Verdict(target=target, value=value, is_met=is_met)
