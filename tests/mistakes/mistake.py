"""Write down calls that are wrong, each with what it is told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

Names = dict[str, object]
Setting = Callable[[], AbstractAsyncContextManager[Names]]

COMMAND: Final = "$ "
"""How a call begins that is a command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """
    A wrong *call*, which is Python or a command line, and the *error* it must get.

    The error is the name of a class, or `exit code 2`. Its text *says* all these words:
    what is wrong, and what to do.
    """

    title: str
    call: str
    error: str
    says: tuple[str, ...]

    @property
    def is_command(self) -> bool:
        """Tell whether it is made in a shell."""
        return self.call.startswith(COMMAND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """
    Wrong calls of one kind.

    *words* and the Python code that is *given* come before the calls on the page. Each
    call is made within the *setting*, which adds names to those of the code.
    """

    title: str
    mistakes: tuple[Mistake, ...]
    words: str = ""
    given: str = ""
    setting: Setting = lambda: nullcontext({})

    def key(self, mistake: Mistake) -> str:
        """Return by what the *mistake* is known."""
        return f"{self.title}: {mistake.title}"


def wrong(title: str, call: str, error: str, *says: str) -> Mistake:
    """Return a mistake, written as a row of a table."""
    return Mistake(title=title, call=call, error=error, says=says)
