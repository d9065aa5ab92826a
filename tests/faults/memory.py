"""Measure what a process has of the machine's memory."""

from __future__ import annotations

import gc
from pathlib import Path

MIB = 1 << 20


def resident(pid: int | str = "self") -> int:
    """Return the bytes a process has in memory now."""
    return _status(pid, "VmRSS")


def peak(pid: int | str = "self") -> int:
    """Return the most bytes a process has had in memory since `reset_peak`."""
    return _status(pid, "VmHWM")


def reset_peak() -> None:
    """Let the peak of this process begin at what it has in memory now."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")


def _status(pid: int | str, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)
