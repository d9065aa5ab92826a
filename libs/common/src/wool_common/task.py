"""One run of a routine, as both sides know it."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from wool_common.deadline import Deadline
from wool_common.frames import NO_HEADERS
from wool_common.routine_names import routine_of

ROOT: Final = "wool-root"
"""The header by which nested calls know the outermost task: its id, 32 hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """
    One run of a routine.

    *tag* is `module.qualname:line` of the routine; *caller* the id of the task whose
    routine made this call, None at the outermost one; *deadline* the moment by which the
    run must be over, None without limit; *dispatch_timeout* the seconds nested calls may
    take to be accepted. *headers* travel on to nested calls; *pool* is the id of the pool
    it was sent to, empty where that is not known.
    """

    key: bytes
    tag: str
    caller_key: bytes = b""
    deadline: Deadline | None = None
    dispatch_timeout: float | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    pool: str = ""

    @property
    def id(self) -> UUID:
        """Unique everywhere."""
        return UUID(bytes=self.key)

    @property
    def caller(self) -> UUID | None:
        """Id of the task whose routine made this call."""
        return UUID(bytes=self.caller_key) if self.caller_key else None

    @property
    def root(self) -> UUID:
        """Id of the outermost task: of all that were called because of it, the same."""
        try:
            return UUID(hex=self.headers[ROOT])
        except (KeyError, ValueError):  # whoever sends a task may write what they like
            return self.id

    @property
    def routine(self) -> str:
        """Where the routine was defined: `module.qualname`."""
        return routine_of(self.tag)

    def onward(self) -> Mapping[str, str]:
        """Return the headers of what the routine calls."""
        headers = self.headers
        return headers if ROOT in headers else {**headers, ROOT: self.key.hex()}


CURRENT_TASK: Final[ContextVar[Task | None]] = ContextVar("wool_current_task", default=None)


def current_task() -> Task | None:
    """Return the task that runs here, None outside of routines."""
    return CURRENT_TASK.get()
