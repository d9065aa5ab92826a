"""The admission hooks that ship with Wool."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from wool_common.backpressure import BackpressureContext, Refusal
from wool_common.memory import gauge


@dataclass(frozen=True, slots=True)
class MaxTasks:
    """Refuses a task where *n* others run on the worker already."""

    n: int

    def __post_init__(self) -> None:
        n: object = self.n
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(f"n must be a whole number of tasks, not {n!r}")
        if n < 1:
            raise ValueError(f"n must be 1 or more, not {n}")

    def __call__(self, context: BackpressureContext, /) -> bool | Refusal:
        """Return why the task is refused, False where it is not."""
        return context.active_task_count >= self.n and Refusal("max-tasks")


@dataclass(frozen=True, slots=True)
class MaxMemory:
    """
    Refuses a task where *fraction* of the memory is in use: 0.8 stands for 80 %.

    The fullest of these counts: the machine, each control group the worker is in (the
    limit of a container is one), the limit of the process itself. Read at most ten times
    a second. Where there is no `/proc`, as on macOS, all that is known is the most memory
    that the worker itself has ever used; that is logged once.
    """

    fraction: float

    def __post_init__(self) -> None:
        _require_number("fraction", self.fraction)
        if not 0 < self.fraction <= 1:
            raise ValueError(f"fraction must be above 0 and at most 1, not {self.fraction!r}")

    def __call__(self, context: BackpressureContext, /) -> bool | Refusal:
        """Return why the task is refused, False where it is not."""
        return gauge().fullness() >= self.fraction and Refusal("max-memory")


@dataclass(frozen=True, slots=True)
class MaxLoopLag:
    """
    Refuses a task where the loop that runs routines is late by *seconds*.

    That is so where routines block it, or where there are more of them than it can serve.
    The lag is measured 20 times a second.
    """

    seconds: float

    def __post_init__(self) -> None:
        _require_number("seconds", self.seconds)
        if self.seconds <= 0 or not isfinite(self.seconds):
            raise ValueError(f"seconds must be above 0, not {self.seconds!r}")

    def __call__(self, context: BackpressureContext, /) -> bool | Refusal:
        """Return why the task is refused, False where it is not."""
        return context.loop_lag >= self.seconds and Refusal("max-loop-lag")


def _require_number(name: str, value: object) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, not {value!r}")
