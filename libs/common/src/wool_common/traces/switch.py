"""The one switch by which nothing is traced."""

from __future__ import annotations

import os
from typing import Final

SWITCH: Final = "WOOL_TRACES"
"""The environment variable that, set to `off`, outdoes everything else."""

OTEL_SWITCH: Final = "OTEL_SDK_DISABLED"
"""OpenTelemetry's own, which is off where it says `true`."""

OFF: Final = frozenset({"0", "no", "off", "false"})


def are_off() -> bool:
    """Tell whether nothing is to be traced, whatever else is said."""
    if os.environ.get(OTEL_SWITCH, "").strip().lower() == "true":
        return True
    return os.environ.get(SWITCH, "").strip().lower() in OFF
