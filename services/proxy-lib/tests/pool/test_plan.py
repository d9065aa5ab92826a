"""What a pool is to be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wool.runtime.worker.plan import PoolPlan, checked_quorum, plan_pool


@pytest.mark.parametrize(
    ("size", "spawn", "lease", "finds", "plan", "capacity"),
    [
        (None, None, None, False, PoolPlan(own=7, finds=False, lease=0), 7),
        (0, None, None, False, PoolPlan(own=7, finds=False, lease=0), 7),
        (2, None, None, False, PoolPlan(own=2, finds=False, lease=0), 2),
        (None, 2, None, False, PoolPlan(own=2, finds=False, lease=0), 2),
        (2, None, 5, False, PoolPlan(own=2, finds=False, lease=0), 2),
        (None, None, None, True, PoolPlan(own=0, finds=True, lease=None), None),
        (None, None, 3, True, PoolPlan(own=0, finds=True, lease=3), 3),
        (0, None, None, True, PoolPlan(own=7, finds=True, lease=None), None),
        (None, 2, None, True, PoolPlan(own=2, finds=True, lease=None), None),
        (2, None, 3, True, PoolPlan(own=2, finds=True, lease=3), 5),
        (2, None, 0, True, PoolPlan(own=2, finds=True, lease=0), 2),
    ],
)
def test_modes(
    size: int | None,
    spawn: int | None,
    lease: int | None,
    finds: bool,
    plan: PoolPlan,
    capacity: int | None,
) -> None:
    """Default, ephemeral, durable, hybrid; 0 is one per CPU in each."""
    planned = plan_pool(size, spawn, lease, finds=finds, cpus=7)

    assert (planned, planned.capacity) == (plan, capacity)


@pytest.mark.parametrize(
    ("size", "spawn", "lease", "finds", "error", "name"),
    [
        (1, 1, None, False, TypeError, "size and spawn"),
        (-1, None, None, True, ValueError, "size"),
        (None, -1, None, True, ValueError, "spawn"),
        (None, None, 0, True, ValueError, "lease"),
        (2, None, -1, True, ValueError, "lease"),
        (2, None, -1, False, ValueError, "lease"),
        (2, None, 1.5, True, TypeError, "lease"),
        (2, None, True, True, TypeError, "lease"),
    ],
)
def test_numbers_without_sense(
    size: Any, spawn: Any, lease: Any, finds: bool, error: type[Exception], name: str
) -> None:
    """The error names the argument."""
    with pytest.raises(error, match=rf"^{name}\b"):
        plan_pool(size, spawn, lease, finds=finds, cpus=7)


@given(own=st.integers(0, 9), lease=st.none() | st.integers(0, 9), quorum=st.integers(0, 30))
def test_a_quorum_is_one_that_can_be_reached(own: int, lease: int | None, quorum: int) -> None:
    """More than the pool can ever have is refused; anything else is taken as it is."""
    plan = PoolPlan(own=own, finds=True, lease=lease)

    if plan.capacity is not None and quorum > plan.capacity:
        with pytest.raises(ValueError, match=f"^quorum is {quorum}, but .* {plan.capacity} "):
            checked_quorum(quorum, plan)
    else:
        assert checked_quorum(quorum, plan) == quorum


@pytest.mark.parametrize(
    ("quorum", "error"), [(-1, ValueError), (1.0, TypeError), (True, TypeError)]
)
def test_what_is_no_quorum(quorum: Any, error: type[Exception]) -> None:
    """The error names the argument; None is no quorum at all."""
    plan = PoolPlan(own=3, finds=False, lease=0)

    with pytest.raises(error, match=r"^quorum"):
        checked_quorum(quorum, plan)
    assert checked_quorum(None, plan) == 0
