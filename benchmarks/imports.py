"""Time what a new interpreter needs for an import."""

import subprocess
import sys

TIMED = "from time import perf_counter as t; s = t(); {}; print(t() - s)"


def import_time(statement: str) -> float:
    """Return the seconds that *statement* takes in a new interpreter."""
    command = (sys.executable, "-c", TIMED.format(statement))
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
