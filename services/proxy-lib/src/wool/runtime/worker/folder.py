"""Make the directory of a local worker's socket."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from wool_common.errors import WorkerStartError

LONGEST_PLACE: Final = 85
"""Bytes of the directory around it: a socket's whole path has at most 103 everywhere."""

SOCKET: Final = "w"


def private_folder() -> Path:
    """
    Make a directory that only this user can enter, with a path short enough for sockets.

    Raises:
        WorkerStartError: there is no place for it.
    """
    places = (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp")
    reason = "no place is known"
    for place in places:
        if not place or len(os.fsencode(place)) > LONGEST_PLACE:
            continue
        try:
            return Path(tempfile.mkdtemp(prefix="wool-", dir=place))
        except OSError as exc:
            reason = str(exc)
    raise WorkerStartError(f"no directory can be made for the worker's socket: {reason}")
