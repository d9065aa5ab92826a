"""What all tests that cross the parts share."""

from __future__ import annotations

import inspect
from collections.abc import Generator

import pytest
from leaks import held, left_since, without_tasks_left


@pytest.fixture(autouse=True)
def _nothing_left_behind(  # pyright: ignore[reportUnusedFunction]
    request: pytest.FixtureRequest,
) -> Generator[None]:
    """Fail a test that leaves a task, thread, process, socket or file behind."""
    test = request.node
    if isinstance(test, pytest.Function) and inspect.iscoroutinefunction(test.obj):
        test.obj = without_tasks_left(test.obj)
    before = held()
    yield
    left = left_since(before)
    assert not left, f"left behind: {left}"
