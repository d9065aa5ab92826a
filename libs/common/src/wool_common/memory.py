"""How full the memory is that this process may use."""

from __future__ import annotations

import logging
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

EVERY: Final = 0.1
"""Seconds for which a reading counts as fresh."""

UNLIMITED: Final = 1 << 60
"""Bytes from which on a limit is none: version 1 of control groups has no word for it."""

PAGE: Final = os.sysconf("SC_PAGE_SIZE")

ONLY_PEAK: Final = (
    "on this system (%s) nothing tells how full the memory is: MaxMemory goes by the most that"
    " this process itself has ever used"
)

log = logging.getLogger("wool")


class Group:
    """A control group's memory; *names* are its files for limit, use, and what can be freed."""

    def __init__(self, folder: Path, names: tuple[str, str, str]) -> None:
        self._limit = folder / names[0]
        self._used = folder / names[1]
        self._stat = folder / "memory.stat"
        self._freeable = names[2]

    @property
    def is_there(self) -> bool:
        """Tell whether the group limits memory at all."""
        return self._limit.is_file() and self._used.is_file()

    def fullness(self) -> float:
        """Return the share in use; files that can be dropped from memory count as free."""
        limit = self._limit.read_text().strip()
        if limit == "max" or not 0 < int(limit) < UNLIMITED:
            return 0.0
        freeable = _numbers(self._stat).get(self._freeable, 0)
        return max(0, int(self._used.read_text()) - freeable) / int(limit)


V1: Final = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
V2: Final = ("memory.max", "memory.current", "inactive_file")


class MemoryGauge:
    """
    Tells how full the memory is; reads anew at most every 100 ms.

    *root* is the folder that holds `proc` and `sys`.
    """

    def __init__(self, root: Path = Path("/"), clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._proc = root / "proc"
        self._sources = list(self._found(root))
        if not self._sources:
            log.warning(ONLY_PEAK, sys.platform)
            self._sources = [_own_peak]
        self._read_at = -EVERY
        self._last = 0.0

    def fullness(self) -> float:
        """Return the share of the memory in use; where several limits hold, the fullest."""
        now = self._clock()
        if now - self._read_at >= EVERY:
            self._last = max(_read(source) for source in self._sources)
            self._read_at = now
        return self._last

    def _found(self, root: Path) -> Iterator[Callable[[], float]]:
        if not (self._proc / "meminfo").is_file():
            return
        yield self._machine
        if (self._proc / "self/statm").is_file():
            yield self._address_space
        for group in _groups(self._proc / "self/cgroup", root / "sys/fs/cgroup"):
            if group.is_there:
                yield group.fullness

    def _machine(self) -> float:
        numbers = _numbers(self._proc / "meminfo")
        return 1 - numbers["MemAvailable:"] / numbers["MemTotal:"]

    def _address_space(self) -> float:
        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            return 0.0
        return int((self._proc / "self/statm").read_text().split()[0]) * PAGE / limit


@cache
def gauge() -> MemoryGauge:
    """Return the gauge of this process."""
    return MemoryGauge()


def _groups(own: Path, mount: Path) -> Iterator[Group]:
    """Yield the groups this process is in, each with those around it."""
    if not own.is_file():
        return
    for line in own.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            tops, names = (mount, mount / "unified"), V2
        elif "memory" in controllers.split(","):
            tops, names = (mount / "memory", mount / controllers), V1
        else:
            continue
        for top in dict.fromkeys(tops):
            # Within a container the path may be that of the host, which is not to be seen.
            inner = top / path.strip("/")
            folder = inner if inner.is_dir() and ".." not in inner.parts else top
            yield Group(folder, names)
            while folder != top:
                folder = folder.parent
                yield Group(folder, names)


def _numbers(file: Path) -> dict[str, int]:
    """Return the numbers of a file that has a name and a number in each line."""
    lines = (line.split() for line in file.read_text().splitlines())
    return {words[0]: int(words[1]) for words in lines if len(words) > 1}


def _read(source: Callable[[], float]) -> float:
    try:
        return source()
    except (OSError, ValueError, KeyError, ZeroDivisionError):
        return 0.0  # what cannot be read now limits nothing


def _own_peak() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    return peak * unit / (os.sysconf("SC_PHYS_PAGES") * PAGE)
