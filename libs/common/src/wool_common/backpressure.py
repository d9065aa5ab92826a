"""What a worker's admission hook is told, and what it may answer."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from sys import float_info
from typing import Protocol, runtime_checkable

from wool_common.task import Task


@dataclass(frozen=True)
class BackpressureContext:
    """
    The worker at the moment a task arrives.

    *active_task_count* leaves the new task out. *loop_lag* tells by how many seconds the
    loop on which routines run is late.
    """

    active_task_count: int
    task: Task
    loop_lag: float = 0.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    Why a task is refused, as an answer of a hook in place of True.

    *reason* is a short word for programs; *retry_after*, in seconds, a hint for callers.
    """

    reason: str
    retry_after: float | None = None

    def __post_init__(self) -> None:
        reason: object = self.reason
        if not isinstance(reason, str):
            raise TypeError(f"reason is a short word, not {reason!r}")
        after: object = self.retry_after
        if after is None:
            return
        if not isinstance(after, int | float) or isinstance(after, bool):
            raise TypeError(f"retry_after is a number of seconds, not {after!r}")
        if not 0 <= after <= float_info.max:
            raise ValueError(f"retry_after is a number of seconds, 0 or more, not {after!r}")


@runtime_checkable
class BackpressureLike(Protocol):
    """
    A worker's admission hook, sync or async: True or a `Refusal` refuses the task.

    The refused task goes to another worker. A hook that raises, or that does not answer in
    time, refuses that task with INTERNAL and is logged.
    """

    def __call__(
        self, context: BackpressureContext, /
    ) -> bool | Refusal | Awaitable[bool | Refusal]: ...
