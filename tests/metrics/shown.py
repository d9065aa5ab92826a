"""Read the dashboards as Grafana does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wool_common.metrics.names import METRICS, Kind

ROOT: Final = Path(__file__).resolve().parents[2]
DASHBOARDS: Final = sorted((ROOT / "compose/grafana/dashboards").glob("*.json"))

BUILT_IN: Final = {"__rate_interval": "20s", "__interval": "5s", "__range": "60s"}
"""What Grafana gives for a minute of data that is read each 5 seconds."""

VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
NAME: Final = re.compile(r"\b(?:wool|grpc_(?:server|client)|process)_[a-z_]+\b|\bup\b|\b\w+:[\w:]+")
"""Metrics in an expression: of Wool, of gRPC, of processes, of Prometheus, and recorded ones."""


PROCESS: Final = {
    *("process_cpu_seconds_total", "process_open_fds"),
    *("process_resident_memory_bytes", "process_start_time_seconds"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One query of a panel, with its variables filled in."""

    dashboard: str
    panel: str
    expression: str

    @property
    def name(self) -> str:
        return f"{self.dashboard} / {self.panel}: {self.expression}"


def documents() -> Mapping[str, dict[str, Any]]:
    """Return the dashboards by the names of their files."""
    return {file.stem: json.loads(file.read_text()) for file in DASHBOARDS}


def panels(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels of *document*, those in closed rows too, without the rows."""
    found: list[dict[str, Any]] = []
    for panel in document["panels"]:
        found += panels(panel) if panel["type"] == "row" else [panel]
    return found


def chosen(document: dict[str, Any]) -> dict[str, str]:
    """Return the variables' values when the dashboard is opened: all of everything."""
    return {each["name"]: each["allValue"] for each in document["templating"]["list"]}


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return *text* with *values*; raise KeyError where there is none."""
    return VARIABLE.sub(lambda m: values[m[1] or m[2]], text)


def asked() -> Iterator[Asked]:
    """Yield every query of every panel, and those that give the variables' values."""
    for name, document in documents().items():
        values = {**BUILT_IN, **chosen(document)}
        for panel in panels(document):
            for target in panel["targets"]:
                yield Asked(
                    dashboard=name,
                    panel=panel["title"],
                    expression=filled(target["expr"], values),
                )
        for variable in document["templating"]["list"]:
            called = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            assert called is not None, variable
            expression = f"count by ({called[2]}) ({filled(called[1], values)})"
            yield Asked(dashboard=name, panel=f"${variable['name']}", expression=expression)


def metrics_in(expression: str) -> set[str]:
    """Return the names of the metrics in *expression*."""
    return set(NAME.findall(re.sub(r'"[^"]*"', '""', expression)))


def told() -> set[str]:
    """Return the names that programs tell, with those of the parts of histograms."""
    found = set(PROCESS)
    for metric in METRICS:
        parts = ("_bucket", "_count", "_sum") if metric.kind is Kind.HISTOGRAM else ("",)
        found |= {f"{metric.name}{part}" for part in parts}
    return found
