"""Name this process, so that others on the machine can tell whether it still runs."""

from __future__ import annotations

import hashlib
import os
import platform
from enum import Enum
from pathlib import Path
from typing import Final

SEPARATOR: Final = "/"

STARTED: Final = 19
"""Where the moment a process was started stands in its `stat`, from after its name on."""


class Life(Enum):
    """What can be told of an owner."""

    ALIVE = "alive"
    GONE = "gone"
    ELSEWHERE = "elsewhere"
    """It is, or was, a process that cannot be seen from here."""


def this_process() -> str:
    """Return the name of this process, unlike that of any other on any machine."""
    pid = os.getpid()
    return SEPARATOR.join((platform.node(), _place(), str(pid), _started(pid) or "0"))


def life(owner: str) -> Life:
    """Tell of the process called *owner* whether it still runs."""
    parts = owner.split(SEPARATOR)
    if len(parts) != 4 or parts[1] != _place() or not parts[2].isdecimal():
        return Life.ELSEWHERE
    pid = int(parts[2])
    started = _started(pid)
    if started is not None:
        return Life.ALIVE if started == parts[3] else Life.GONE
    if Path("/proc/self/stat").exists():
        return Life.GONE
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return Life.GONE
    except OSError:
        pass
    return Life.ALIVE


def _place() -> str:
    """Return what processes have in common that can see one another: a boot, a namespace."""
    facts = [platform.node()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        try:
            file = Path(path)
            facts.append(str(file.readlink()) if file.is_symlink() else file.read_text().strip())
        except OSError:
            continue
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]


def _started(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    # A process that has ended and was not waited for is gone, too.
    return None if fields[0] in "ZX" else fields[STARTED]
