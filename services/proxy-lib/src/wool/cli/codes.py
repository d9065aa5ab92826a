"""What exit codes mean."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
"""What was asked for could not be done."""
WRONG: Final = 2
"""The words or options make no sense."""
NOBODY: Final = 3
"""There is no worker that can be used."""
INTERRUPTED: Final = 130
