"""Virtual environments for the rivals, made once and kept outside the repository."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.rivals.catalog import System

MARK = "complete"


class CannotInstall(Exception):
    """An environment could not be made; the text says why."""


def cache_folder() -> Path:
    """Return where environments are kept unless another folder is asked for."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "wool-benchmarks"


def interpreter_for(system: System, cache: Path, *, refresh: bool) -> Path:
    """
    Return the interpreter that has *system*'s packages, making it if need be.

    Raises:
        CannotInstall: the packages are not to be had here.
    """
    if not system.needs_environment:
        return Path(sys.executable)
    folder = cache / _folder_name(system)
    if refresh:
        shutil.rmtree(folder, ignore_errors=True)
    python = folder / "bin" / "python"
    if not (folder / MARK).exists():
        uv = _find_uv()
        cache.mkdir(parents=True, exist_ok=True)
        _run(cache, uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
        _run(cache, uv, "pip", "install", "--quiet", "--python", str(python), *system.packages)
        (folder / MARK).touch()
    return python


def _folder_name(system: System) -> str:
    facts = "\n".join((*system.packages, sys.version))
    digest = hashlib.sha256(facts.encode()).hexdigest()[:12]
    return f"{system.module}-{digest}"


def _find_uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise CannotInstall("uv is not installed")
    return uv


def _run(folder: Path, *command: str) -> None:
    # Not in the repository: there uv would hold rivals to this project's own versions.
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise CannotInstall(f"uv {command[1]}: {' '.join(lines)[:300]}")
