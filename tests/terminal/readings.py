"""Read numbers off the screen of `wool top`."""

from __future__ import annotations

import re
from typing import Final

from tmux import table

SECONDS: Final = {"µs": 1e-6, "ms": 1e-3, "s": 1.0}

COLUMNS: Final = {
    "rate": "TASKS/S",
    "active": "ACT",
    "p50": "P50",
    "p95": "P95",
    "p99": "P99",
    "failed": "FAIL/S",
    "refused": "REFUSED/S",
}
TOTALS: Final = {
    "rate": r"tasks/s ([\d.]+)",
    "active": r"active (\d+)",
    "p50": r"p50 ([\d.]+ \S+)",
    "p95": r"p95 ([\d.]+ \S+)",
    "p99": r"p99 ([\d.]+ \S+)",
    "failed": r"failed/s ([\d.]+)",
    "refused": r"refused/s ([\d.]+)",
}

Reading = dict[str, float]
"""What is told of a worker, or of all: latencies in seconds, the rest as shown."""


def readings(lines: list[str]) -> dict[str, Reading]:
    """Return what the screen tells of each address, and of `all`."""
    screen = "   ".join(lines)
    found = {"all": {name: number(re.findall(what, screen)[0]) for name, what in TOTALS.items()}}
    for address, row in table(lines).items():
        found[address] = {name: number(row[title]) for name, title in COLUMNS.items()}
    return found


def number(text: str) -> float:
    """Return the number in *text*; with a unit, in seconds."""
    value, _, unit = text.partition(" ")
    return float(value) * SECONDS.get(unit, 1.0)
