"""The one switch by which nothing is measured."""

from __future__ import annotations

import os
from typing import Final

SWITCH: Final = "WOOL_METRICS"
"""The environment variable that, set to `off`, outdoes everything else."""

OFF: Final = frozenset({"0", "no", "off", "false"})


def are_off() -> bool:
    """Tell whether nothing is to be measured, whatever else is said."""
    return os.environ.get(SWITCH, "").strip().lower() in OFF
