"""The bounds by which durations are counted everywhere, so that their histograms add up."""

from __future__ import annotations

from typing import Final

SECONDS: Final = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025),
    *(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
"""Upper bounds in seconds, each within its bucket; one bucket more holds what is above all."""
