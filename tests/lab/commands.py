"""Run programs of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Command = Sequence[str | Path]


class LabError(Exception):
    """The lab cannot do what was asked of it."""


def run(
    command: Command, *, timeout: float = 120, env: Mapping[str, str] | None = None, text: str = ""
) -> str:
    """
    Return what *command* prints, given *text* as its input.

    Raises:
        LabError: it failed, is missing, or took longer than *timeout*.
    """
    shown = " ".join(map(str, command))
    try:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=env,
            check=False,
        )
    except FileNotFoundError:
        raise LabError(f"{command[0]} is not on this machine") from None
    except subprocess.TimeoutExpired as exc:
        said = (exc.stderr or b"").decode(errors="replace")
        raise LabError(f"{shown}: took longer than {timeout:g} s\n{said}".strip()) from None
    if done.returncode:
        raise LabError(f"{shown}: exit code {done.returncode}\n{done.stdout}{done.stderr}".strip())
    return done.stdout


def succeeds(
    command: Command, *, timeout: float = 30, env: Mapping[str, str] | None = None
) -> bool:
    """Tell whether *command* ends well in time."""
    try:
        run(command, timeout=timeout, env=env)
    except LabError:
        return False
    return True


def wait_until(what: str, check: Callable[[], bool], *, timeout: float) -> None:
    """Return once *check* holds; raise LabError naming *what* when it does not in time."""
    end = time.monotonic() + timeout
    while not check():
        if time.monotonic() > end:
            raise LabError(f"{what}: not within {timeout:g} s")
        time.sleep(0.05)


def need(*programs: str, why: str) -> None:
    """Raise LabError unless all *programs* are there and may be used by root."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise LabError(f"{why} needs {', '.join(missing)}, which this machine lacks")
    if os.geteuid() != 0:
        raise LabError(f"{why} needs root")
