"""Start processes that outlive their starter, and end them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from lab.commands import Command, LabError, wait_until
from lab.places import MARK

LIMIT = 20.0
"""Seconds in which a killed process must be gone."""


def start(part: str, command: Command, *, log: Path, env: Mapping[str, str]) -> None:
    """Start *command* as the root process of *part*, nobody's child, writing to *log*."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        subprocess.run(
            ["setsid", "--fork", *command],
            env={**env, **mark(part)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=True,
        )


def mark(part: str) -> dict[str, str]:
    """Return the variables by which a process is known to belong to *part*."""
    name, _, value = MARK.partition("=")
    return {name: value, "WOOL_LAB_PART": part}


def of_part(part: str | None = None) -> list[int]:
    """Return the ids of the processes that belong to *part*, or to any."""
    marks = [MARK.encode()] if part is None else [MARK.encode(), f"WOOL_LAB_PART={part}".encode()]
    folders = [folder for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return [int(folder.name) for folder in folders if _has(folder, marks)]


def is_alive(part: str | None = None) -> bool:
    """Tell whether *part*, or any, has a process."""
    for _ in range(3):
        if of_part(part):
            return True
        # A process that is becoming another program has no environment for a moment.
        time.sleep(0.02)
    return False


def end(part: str | None = None) -> None:
    """Kill every process of *part*, or of all; return when none is left."""
    seen: set[int] = set()

    def ended() -> bool:
        for pid in of_part(part):
            seen.add(pid)
            kill(pid)
        return not is_alive(part)

    wait_until(f"the end of {part or 'all'}", ended, timeout=LIMIT)
    # A process that has ended stays listed until its parent takes notice, if it ever does.
    with suppress(LabError):
        wait_until("burial", lambda: not any(map(_is_listed, seen)), timeout=2)


def kill(pid: int) -> None:
    """End *pid* at once, if it is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def interrupt(pid: int) -> None:
    """Ask *pid* to end in its own time."""
    os.kill(pid, signal.SIGTERM)


def head(part: str) -> int:
    """Return the id of the process of *part* that is told what to do: below the first one."""
    found = {pid: _parent(pid) for pid in of_part(part)}
    for pid, parent in found.items():
        if parent in found and found[parent] not in found:
            return pid
    raise LabError(f"{part} does not run")


def tail(log: Path, lines: int = 15) -> str:
    """Return the end of *log*."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def expect(part: str, log: Path) -> None:
    """Raise LabError, with the end of *log*, when *part* has ended."""
    if not is_alive(part):
        raise LabError(f"{part} has ended:\n{tail(log)}")


def _has(folder: Path, marks: list[bytes]) -> bool:
    try:
        variables = (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return False  # it has ended, or is another user's
    return all(mark in variables for mark in marks)


def _is_listed(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _parent(pid: int) -> int:
    try:
        # The name, in brackets, may hold anything.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
