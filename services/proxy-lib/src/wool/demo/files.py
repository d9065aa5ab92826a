"""Find something to work on: the source files of the standard library."""

from __future__ import annotations

import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LEFT_OUT: Final = frozenset(
    {"site-packages", "dist-packages", "__pycache__", "test", "tests", "idle_test", "lib2to3"}
)
"""Folders of what is installed, and of tests: these hold files that are broken on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Files below *root*, and how many bytes they hold together."""

    root: Path
    files: tuple[str, ...]
    size: int


def standard_library(limit: int) -> Corpus:
    """
    Return *limit* Python files of the standard library, or all where there are fewer.

    Reads them all once, so that whoever works on them first is not the one who waits for
    the disk.

    Raises:
        FileNotFoundError: this Python comes without them.
    """
    root = Path(sysconfig.get_path("stdlib"))
    inside = ((file, file.relative_to(root).parts) for file in root.rglob("*.py"))
    found = sorted(file for file, parts in inside if LEFT_OUT.isdisjoint(parts))
    if not found:
        raise FileNotFoundError(f"this Python has no source files in {root}")
    # Every n-th, so that few files are still a cross-section.
    found = found[:: max(1, len(found) // limit)][:limit]
    size = sum(len(file.read_bytes()) for file in found)
    return Corpus(root=root, files=tuple(str(file) for file in found), size=size)
