"""Admission hooks for workers of which the log is read."""

from __future__ import annotations

from itertools import count

import wool

ASKED = count()


def refuse_second(context: wool.BackpressureContext) -> bool | wool.Refusal:
    """Refuse the second task, and no other."""
    return next(ASKED) == 1 and wool.Refusal("on strike")


def broken(context: wool.BackpressureContext) -> bool:
    """Raise."""
    raise ZeroDivisionError("a defect")
