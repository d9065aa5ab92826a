"""Write numbers the way Grafana does."""

from __future__ import annotations

import math
from typing import Final

STEPS: Final = {
    "s": [(1e-6, "µs"), (1e-3, "ms"), (1.0, "s"), (60.0, "min"), (3600.0, "h")],
    "bytes": [(1.0, "B"), (1024.0, "KiB"), (1024.0**2, "MiB"), (1024.0**3, "GiB")],
    "Bps": [(1.0, "B/s"), (1e3, "kB/s"), (1e6, "MB/s"), (1e9, "GB/s")],
    "decbytes": [(1.0, "B"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB")],
    "ops": [(1.0, "/s"), (1e3, "k/s")],
    "percentunit": [(0.01, "%")],
    "cores": [(1.0, "")],
    "short": [(1.0, ""), (1e3, "k"), (1e6, "M")],
}
"""How much each unit is, from small to large."""


def written(value: float, unit: str, digits: int = 3) -> str:
    """Return *value* with so many digits that count, in the *unit* that suits it."""
    if math.isnan(value):
        return "–"
    steps = STEPS[unit]
    size, name = next((s for s in reversed(steps) if abs(value) >= s[0]), steps[0])
    if not value:
        size, name = next((s for s in steps if s[0] == 1.0), steps[0])
    number = f"{float(f'{value / size:.{digits}g}'):,.10g}"
    return f"{number} {name}".strip() if name != "/s" else f"{number}/s"
