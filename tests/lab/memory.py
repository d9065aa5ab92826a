"""Keep what a running lab has in memory, where there is enough: it is soon gone, and fast."""

from __future__ import annotations

import ctypes
import os
import shutil
from pathlib import Path
from typing import Final

from lab import host

ENOUGH: Final = 8 * 2**20
"""Kilobytes that have to be free; images and what tests build take some two million."""

DETACH: Final = 2
"""MNT_DETACH: whoever is still inside may finish."""


def take(folder: Path) -> None:
    """Make *folder* be in memory; one that is there stays where it is."""
    if folder.exists() or os.geteuid() != 0 or os.environ.get("WOOL_LAB_MEMORY") == "0":
        return
    if available() >= ENOUGH:
        folder.mkdir(parents=True)
        # The program `mount` would leave a folder of its own. Where this fails, the disk does.
        ctypes.CDLL(None).mount(b"wool-lab", bytes(folder), b"tmpfs", 0, b"mode=700")


def give_back(folder: Path) -> None:
    """Remove *folder*, wherever it is."""
    if host.is_mounted(str(folder)):
        ctypes.CDLL(None).umount2(bytes(folder), DETACH)
    shutil.rmtree(folder, ignore_errors=True)


def available() -> int:
    """Return how many kilobytes of memory are free, or soon could be."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, number, *_ = line.split()
        if name == "MemAvailable:":
            return int(number)
    return 0
