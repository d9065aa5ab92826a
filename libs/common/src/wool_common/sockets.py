"""Look after the file of a program's Unix socket."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

LONGEST_PATH: Final = 103
"""Bytes a socket's path may have everywhere (Linux would take four more)."""


def refuse_unusable(path: str) -> None:
    """Raise ValueError where no program can listen on *path*."""
    file = Path(path)
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise ValueError(f"a socket's path has at most {LONGEST_PATH} bytes, not {path}")
    if not file.parent.is_dir():
        raise ValueError(f"there is no directory {file.parent}")
    if file.exists() and not file.is_socket():
        raise ValueError(f"{path} exists and is no socket")
    if _is_served(path):
        raise ValueError(f"somebody listens on {path} already")


def remove(path: str, *, with_folder: bool) -> None:
    """Remove the socket at *path*, then its directory where *with_folder* and it is empty."""
    file = Path(path)
    with suppress(OSError):
        file.unlink()
    if with_folder:
        with suppress(OSError):
            file.parent.rmdir()


def _is_served(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(path)
        except OSError:
            return False
        return True
