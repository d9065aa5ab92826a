"""Turn the JSON of a comparison into text, a page and a chart."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import chart
from benchmarks.harness import RESULTS
from benchmarks.metrics import Metric
from benchmarks.pages import filled, markdown_table
from benchmarks.results import Results
from benchmarks.rivals.catalog import SYSTEMS, TITLES, System
from benchmarks.tables import figure, plain_table

ROOT: Final = Path(__file__).parent.parent
COMMITTED: Final = RESULTS / "compare.json"
CHART: Final = ROOT / "docs" / "benchmarks.svg"
PAGES: Final = (ROOT / "docs" / "benchmarks.md", ROOT / "README.md")
HEADLINES: Final = (
    "sequential_p50",
    "in_flight_64",
    "generator",
    "generator_ahead",
    "echo_bytes_10",
    "nested",
    "start",
)

Rows = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One comparison as it was written down."""

    results: Results
    systems: tuple[System, ...]
    environment: dict[str, Any]
    settings: dict[str, float]
    versions: dict[str, dict[str, str]]
    left_out: dict[str, str]


def load(path: Path) -> Published:
    """Read what `compare` wrote."""
    document = json.loads(path.read_text())
    versions = document["versions"]
    return Published(
        results=Results(values=document["values"], skipped=document["skipped"]),
        systems=tuple(system for system in SYSTEMS if system.key in versions),
        environment=document["environment"],
        settings=document["settings"],
        versions=versions,
        left_out=document["left_out"],
    )


def as_text(published: Published) -> str:
    """Return the whole table for a terminal, and the lines about what is missing."""
    rows = _rows(published, published.results.metrics())
    return "\n".join((plain_table(rows), *_gaps(published)))


def publish(published: Published) -> None:
    """Draw the chart, and write the tables into the pages that have a place for them."""
    CHART.write_text(chart.draw(published.results, published.systems))
    headlines = [m for m in published.results.metrics() if m.key in HEADLINES]
    blocks = {
        "summary": markdown_table(_rows(published, headlines, with_targets=False)),
        "date": _sentence(published),
        "table": markdown_table(_rows(published, published.results.metrics(), with_targets=False)),
        "targets": markdown_table(_target_rows(published)),
        "systems": _systems(published),
        "gaps": "\n".join(f"* {line}" for line in _gaps(published)),
    }
    for page in PAGES:
        if page.exists():
            page.write_text(filled(page.read_text(), "benchmarks", blocks))


def _rows(published: Published, metrics: Sequence[Metric], *, with_targets: bool = True) -> Rows:
    results = published.results
    head = ("", "unit", *(system.title for system in published.systems))
    rows: Rows = [(*head, "targets") if with_targets else head]
    for metric in metrics:
        cells = (figure(results.median(metric.key, system.key)) for system in published.systems)
        row = (metric.title, metric.unit, *cells)
        if with_targets:
            row = (*row, "; ".join(map(str, results.verdicts(metric.key))))
        rows.append(row)
    return rows


def _target_rows(published: Published) -> Rows:
    rows: Rows = [("", "wanted", "measured", "met")]
    for metric in published.results.metrics():
        for verdict in published.results.verdicts(metric.key):
            met = "yes" if verdict.is_met else "**no**"
            rows.append((metric.title, verdict.wanted, verdict.measured, met))
    return rows


def _sentence(published: Published) -> str:
    facts, settings = published.environment, published.settings
    return (
        f"Measured {facts['date']} on {facts['cpus']} CPUs, {facts['system']}, "
        f"CPython {facts['python']}; medians over rounds: {settings['rounds']:g}."
    )


def _systems(published: Published) -> str:
    lines: list[str] = []
    for system in published.systems:
        versions = published.versions[system.key]
        packages = ", ".join(f"{k} {v}" for k, v in versions.items() if k != "python")
        lines.append(f"* **{system.title}** ({packages}): {system.setting}.")
    return "\n".join(lines)


def _gaps(published: Published) -> list[str]:
    lines = [
        f"{TITLES[key]}: left out, {why.rstrip('.')}." for key, why in published.left_out.items()
    ]
    seen: set[tuple[str, str]] = set()
    for metric, reasons in published.results.skipped.items():
        for key, why in reasons.items():
            if published.results.median(metric, key) is None and (key, why) not in seen:
                seen.add((key, why))
                lines.append(f"{TITLES[key]}: {why.rstrip('.')}.")
    return lines


if __name__ == "__main__":
    publish(load(COMMITTED))
