"""What is measured, in which unit, and what the project asks of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WOOL: Final = "wool"
RAW: Final = "raw"
WOOL_0_15: Final = "wool_0_15"
RAY: Final = "ray"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure that every system is asked for."""

    key: str
    title: str
    unit: str
    lower_is_better: bool = False

    def advantage(self, mine: float, theirs: float) -> float:
        """Return how many times better *mine* is than *theirs*."""
        return theirs / mine if self.lower_is_better else mine / theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A promise: so much better than *rival*, or, without one, at least this value."""

    metric: str
    bound: float
    rival: str | None = None


def _latency(key: str, title: str) -> Metric:
    return Metric(key=key, title=title, unit="µs", lower_is_better=True)


def _seconds(key: str, title: str) -> Metric:
    return Metric(key=key, title=title, unit="s", lower_is_better=True)


def _rate(key: str, title: str, unit: str = "/s") -> Metric:
    return Metric(key=key, title=title, unit=unit)


def _memory(key: str, title: str) -> Metric:
    return Metric(key=key, title=title, unit="MiB", lower_is_better=True)


METRICS: Final[Mapping[str, Metric]] = {
    metric.key: metric
    for metric in (
        _latency("sequential_p50", "sequential no-op, p50"),
        _latency("sequential_p99", "sequential no-op, p99"),
        _latency("sequential_main_p50", "sequential no-op defined in the script, p50"),
        _latency("sequential_main_p99", "sequential no-op defined in the script, p99"),
        _latency("unary_p50", "one unary call, p50"),
        _rate("in_flight_64", "no-op, 64 in flight"),
        _rate("in_flight_256", "no-op, 256 in flight"),
        _rate("generator", "async generator, lock-step", "items/s"),
        _rate("generator_ahead", "async generator, running ahead", "items/s"),
        _rate("echo_bytes_1", "echo 1 MB of bytes", "MB/s"),
        _rate("echo_bytes_10", "echo 10 MB of bytes", "MB/s"),
        _rate("echo_bytes_100", "echo 100 MB of bytes", "MB/s"),
        _rate("echo_array_1", "echo 1 MB NumPy array", "MB/s"),
        _rate("echo_array_10", "echo 10 MB NumPy array", "MB/s"),
        _rate("echo_array_100", "echo 100 MB NumPy array", "MB/s"),
        _seconds("nested", "nested fib(16)"),
        _rate("nested_rate", "nested calls in fib(16)"),
        _seconds("start", "pool of 2, start to first result"),
        _seconds("import", "import of the client library"),
        _seconds("import_worker", "import of the worker program"),
        _memory("argument_caller", "1 GiB argument, caller's peak beyond its size"),
        _memory("argument_worker", "1 GiB argument, worker's peak beyond its size"),
        _memory("result_caller", "1 GiB result, caller's peak beyond its size"),
        _memory("growth_caller", "many calls, caller's growth"),
        _memory("growth_worker", "many calls, largest worker's growth"),
    )
}

ECHO_TARGETS: Final = tuple(
    Target(metric=f"echo_{kind}_{size}", rival=rival, bound=bound)
    for rival, bound in ((RAW, 0.6), (WOOL_0_15, 8.0))
    for kind in ("bytes", "array")
    for size in (1, 10, 100)
)

TARGETS: Final[tuple[Target, ...]] = (
    Target(metric="sequential_p50", rival=RAW, bound=0.5),
    Target(metric="sequential_p50", rival=WOOL_0_15, bound=6.0),
    Target(metric="sequential_p50", rival=RAY, bound=3.0),
    Target(metric="in_flight_64", bound=20_000),
    Target(metric="in_flight_64", rival=WOOL_0_15, bound=25.0),
    Target(metric="in_flight_64", rival=RAY, bound=10.0),
    Target(metric="nested", rival=WOOL_0_15, bound=10.0),
    Target(metric="generator", rival=RAW, bound=0.6),
    Target(metric="generator_ahead", bound=30_000),
    *ECHO_TARGETS,
    Target(metric="start", rival=WOOL_0_15, bound=1.0),
    Target(metric="import_worker", bound=0.250),
    Target(metric="argument_caller", bound=64.0),
    Target(metric="growth_caller", bound=8.0),
    Target(metric="growth_worker", bound=8.0),
)
