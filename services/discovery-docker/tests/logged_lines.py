"""What was logged, as tests read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Lines = Callable[[], list[dict[str, Any]]]
"""Returns the lines that were logged since it was last called."""
