"""The hooks that ship with Wool."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import cloudpickle  # pyright: ignore[reportMissingTypeStubs]
import pytest

from wool_common.backpressure import BackpressureContext, BackpressureLike, Refusal
from wool_common.hooks import MaxLoopLag, MaxMemory, MaxTasks
from wool_common.task import Task

TASK = Task(key=bytes(16), tag="here:1")


def context(active: int = 0, lag: float = 0.0) -> BackpressureContext:
    return BackpressureContext(active_task_count=active, task=TASK, loop_lag=lag)


@pytest.mark.parametrize(("active", "refused"), [(0, False), (1, False), (2, True), (3, True)])
def test_max_tasks_refuses_from_n_on(active: int, refused: bool) -> None:
    """The n-th task is taken, the next is not."""
    assert MaxTasks(2)(context(active)) == (Refusal("max-tasks") if refused else False)


@pytest.mark.parametrize(("lag", "refused"), [(0.0, False), (0.49, False), (0.5, True)])
def test_max_loop_lag_refuses_from_there_on(lag: float, refused: bool) -> None:
    """The hook goes by what the context says."""
    assert MaxLoopLag(0.5)(context(lag=lag)) == (Refusal("max-loop-lag") if refused else False)


def test_max_memory_goes_by_the_memory_in_use() -> None:
    """No machine that runs tests has next to nothing in use, or all of it."""
    assert MaxMemory(1e-9)(context()) == Refusal("max-memory")
    assert MaxMemory(1.0)(context()) is False


@pytest.mark.parametrize("hook", [MaxTasks(3), MaxMemory(0.8), MaxLoopLag(0.25)])
def test_hooks_cross_to_workers(hook: Any) -> None:
    """They are plain values: equal after the crossing, and hooks as any other."""
    assert pickle.loads(pickle.dumps(hook)) == hook
    assert pickle.loads(cloudpickle.dumps(hook)) == hook  # pyright: ignore[reportUnknownMemberType]
    assert isinstance(hook, BackpressureLike)


@pytest.mark.parametrize(
    ("make", "value", "words"),
    [
        (MaxTasks, 0, "n must be 1 or more, not 0"),
        (MaxTasks, -3, "n must be 1 or more, not -3"),
        (MaxTasks, 1.5, "n must be a whole number of tasks, not 1.5"),
        (MaxTasks, True, "n must be a whole number of tasks, not True"),
        (MaxTasks, "4", "n must be a whole number of tasks, not '4'"),
        (MaxMemory, 0, "fraction must be above 0 and at most 1, not 0"),
        (MaxMemory, 80, "fraction must be above 0 and at most 1, not 80"),
        (MaxMemory, float("nan"), "fraction must be above 0 and at most 1, not nan"),
        (MaxMemory, "80%", "fraction must be a number, not '80%'"),
        (MaxLoopLag, 0, "seconds must be above 0, not 0"),
        (MaxLoopLag, -0.1, "seconds must be above 0, not -0.1"),
        (MaxLoopLag, float("inf"), "seconds must be above 0, not inf"),
        (MaxLoopLag, float("nan"), "seconds must be above 0, not nan"),
        (MaxLoopLag, None, "seconds must be a number, not None"),
    ],
)
def test_wrong_limits_are_refused_where_they_are_given(
    make: Callable[[Any], object], value: object, words: str
) -> None:
    """The error names the argument and what was given."""
    with pytest.raises((TypeError, ValueError)) as caught:
        make(value)

    assert str(caught.value) == words
