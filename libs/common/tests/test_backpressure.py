"""What a hook is told and may answer."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wool_common.backpressure import BackpressureContext, BackpressureLike, Refusal
from wool_common.task import Task

TASK = Task(key=bytes(16), tag="here:1")


def refuse(context: BackpressureContext) -> bool:
    return True


async def refuse_later(context: BackpressureContext) -> bool:
    return True


class Refuser:
    def __call__(self, context: BackpressureContext) -> bool:
        return True


def test_context_holds_count_and_task() -> None:
    """Both fields are what was given; the rest has defaults."""
    context = BackpressureContext(active_task_count=3, task=TASK)

    assert (context.active_task_count, context.task, context.loop_lag) == (3, TASK, 0.0)


@pytest.mark.parametrize("field", ["active_task_count", "task", "loop_lag"])
def test_context_is_frozen(field: str) -> None:
    """No field can be set, which is an AttributeError as with any frozen dataclass."""
    context = BackpressureContext(active_task_count=0, task=TASK)

    with pytest.raises(AttributeError) as caught:
        setattr(context, field, 1)

    assert caught.type is dataclasses.FrozenInstanceError


def test_contexts_are_equal_where_their_fields_are() -> None:
    """Equality is that of the fields."""
    one, same = (BackpressureContext(active_task_count=1, task=TASK) for _ in range(2))

    assert one == same
    assert one != BackpressureContext(active_task_count=2, task=TASK)


@given(st.integers(min_value=0))
def test_any_count_is_kept(count: int) -> None:
    """Whatever the count is, it is told as it is."""
    assert BackpressureContext(active_task_count=count, task=TASK).active_task_count == count


@pytest.mark.parametrize("hook", [refuse, refuse_later, Refuser(), lambda context: False])  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
def test_whatever_can_be_called_may_be_a_hook(hook: object) -> None:
    """Functions, async functions, objects and lambdas have the protocol."""
    assert isinstance(hook, BackpressureLike)


def test_text_is_no_hook() -> None:
    """What cannot be called has not."""
    assert not isinstance("refuse", BackpressureLike)


@pytest.mark.parametrize("after", [None, 0, 0.5, 3600])
def test_refusal_may_say_when_to_come_again(after: float | None) -> None:
    """Any number of seconds will do, and none."""
    assert Refusal("closed", after).retry_after == after


@pytest.mark.parametrize("after", [-1, math.nan, math.inf, 10**400, "soon", True])
def test_refusal_takes_no_nonsense(after: object) -> None:
    """What is no number of seconds is refused where it is given."""
    with pytest.raises((TypeError, ValueError), match="retry_after is a number of seconds"):
        Refusal("closed", cast(Any, after))


def test_refusal_needs_a_word() -> None:
    """The reason is text."""
    with pytest.raises(TypeError, match="reason is a short word, not 5"):
        Refusal(cast(Any, 5))
