"""Check the machine: its Python, its directories, its limits, its clock."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import socket
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Final

from wool.cli.extras import absent
from wool.cli.findings import Finding, Health
from wool.runtime.worker.folder import private_folder
from wool_common.certificates import outdated
from wool_common.metadata import VERSION

PARTS: Final = ("wool", "wool-common", "wool-worker")
OLDEST: Final = (3, 11)
LEAST_FILES: Final = 1024
LEAST_BYTES: Final = 64 * 1024 * 1024
SHARED_MEMORY: Final = Path("/dev/shm")
FIRST_RELEASE: Final = 1735689600.0
"""The beginning of 2025: no right clock shows less."""
CLOCK_ERROR: Final = 5
TIMEX_BYTES: Final = 512
"""More than `struct timex` takes anywhere; zeroed, it asks and changes nothing."""


def python() -> Finding:
    """Look at the interpreter, whose minor version workers must have, too."""
    text = f"{platform.python_implementation()} {platform.python_version()} at {sys.executable}"
    if sys.version_info < OLDEST:
        return Finding(Health.BAD, text, "Wool needs Python 3.11 or newer")
    return Finding(Health.GOOD, text)


def parts() -> Finding:
    """Look whether the parts of Wool belong together."""
    found = {part: metadata.version(part) for part in PARTS}
    text = ", ".join(f"{part} {version}" for part, version in found.items())
    if set(found.values()) != {VERSION}:
        return Finding(
            Health.BAD, text, f"install one version of all: pip install 'wool=={VERSION}'"
        )
    return Finding(Health.GOOD, text)


def extras() -> Finding:
    """Look which extras are there."""
    lacking = absent("wool")
    if not lacking:
        return Finding(Health.GOOD, "all are installed")
    text = "; ".join(f"{extra} lacks {', '.join(missing)}" for extra, missing in lacking.items())
    return Finding(
        Health.ABSENT, text, f"to have what you need of it: pip install 'wool[{','.join(lacking)}]'"
    )


def private_directory() -> Finding:
    """Look whether a local worker could have its Unix socket."""
    folder = private_folder()
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(folder / "s"))
        text = f"Unix sockets work in {folder.parent}"
    finally:
        (folder / "s").unlink(missing_ok=True)
        folder.rmdir()
    return Finding(Health.GOOD, text)


def shared_memory() -> Finding:
    """Look at where `LocalDiscovery` keeps its records."""
    if not (SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK | os.X_OK)):
        return Finding(
            Health.POOR,
            f"{SHARED_MEMORY} cannot be written to: LocalDiscovery uses the temporary directory",
            "processes find each other only where all use the same one; mount a tmpfs there",
        )
    found = os.statvfs(SHARED_MEMORY)
    free = found.f_bavail * found.f_frsize
    text = f"{SHARED_MEMORY} can be written to, {free // 2**20} MiB free"
    if free < LEAST_BYTES:
        return Finding(Health.POOR, text, "give it more; docker run has --shm-size")
    return Finding(Health.GOOD, text)


def open_files() -> Finding:
    """Look how many files and connections a process may have open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    text = f"{soft} per process"
    if soft != resource.RLIM_INFINITY and soft < LEAST_FILES:
        return Finding(Health.POOR, text, f"raise it: ulimit -n {min(hard, 65536)}")
    return Finding(Health.GOOD, text)


def clock() -> Finding:
    """Look whether the clock can be right, which certificates depend on."""
    now = time.time()
    text = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < FIRST_RELEASE:
        return Finding(Health.BAD, text, "set it: certificates are not valid yet at that time")
    state = _clock_state()
    if state == CLOCK_ERROR:
        return Finding(
            Health.POOR,
            f"{text}; nothing keeps it right",
            "run an NTP client, such as systemd-timesyncd or chrony; containers have their"
            " host's clock",
        )
    return Finding(Health.GOOD, f"{text}{', kept right' if state is not None else ''}")


def certificates() -> Finding:
    """Look at the certificate that the environment names."""
    name = os.environ.get("WOOL_CERT")
    if not name:
        return Finding(Health.ABSENT, "WOOL_CERT names none; `wool certs` makes some to try out")
    try:
        reason = outdated(Path(name).read_bytes())
    except (OSError, ValueError) as exc:
        return Finding(Health.BAD, f"{name}: {exc}", "have WOOL_CERT name a PEM file")
    if reason is not None:
        return Finding(Health.BAD, f"{name} {reason}", "make another one, or set the clock")
    return Finding(Health.GOOD, f"{name} is valid")


def _clock_state() -> int | None:
    """Return what the kernel says of the clock, None where it cannot be asked."""
    try:
        ask = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    state = ask(ctypes.create_string_buffer(TIMEX_BYTES))
    return None if state < 0 else int(state)
