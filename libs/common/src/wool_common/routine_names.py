"""Name routines, for people and for counters."""

from __future__ import annotations

from typing import Final

ROUTINES: Final = 100
"""Routines that are counted each on its own; later ones are `OTHER` together."""

OTHER: Final = "other"

REMEMBERED: Final = 1000
"""Tags whose place a counter finds at once; a notebook makes a new one with each change."""


def routine_of(tag: str) -> str:
    """Return `module.qualname`: *tag* without the line, which moves."""
    return tag.rpartition(":")[0] or tag


class CountedRoutines:
    """The names under which routines are counted; used from one thread at a time."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def name(self, tag: str) -> str:
        """Return the routine's own name, or `OTHER` where there are many already."""
        routine = routine_of(tag)
        if routine not in self._names:
            if len(self._names) >= ROUTINES:
                return OTHER
            self._names.add(routine)
        return routine
