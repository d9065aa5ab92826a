"""What lines of a log say of the task they are about."""

from __future__ import annotations

import logging
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wool_common.task import CURRENT_TASK, ROOT, Task
from wool_common.task_fields import FIELDS, TaskFilter, add_task, task_fields

KEY = UUID(int=1)
OUTER = UUID(int=2)


def a_task(**headers: str) -> Task:
    return Task(key=KEY.bytes, tag="shop.ship:7", headers=headers, pool="p")


def test_nothing_is_said_where_no_task_runs() -> None:
    """A line of somebody else's stays as it is."""
    assert task_fields() == {}


def test_the_outermost_task_is_its_own_root() -> None:
    """Its calls, and theirs, name it."""
    task = a_task()
    nested = Task(key=OUTER.bytes, tag="n:1", headers=task.onward())

    assert task_fields(task) == {
        "task": str(KEY),
        "root": str(KEY),
        "routine": "shop.ship",
        "pool": "p",
    }
    assert nested.root == task.id
    assert nested.onward() is nested.headers


def test_a_trace_is_named_where_the_task_is_part_of_one() -> None:
    """By the header that came with it."""
    task = a_task(traceparent=f"00-{'ab' * 16}-{'cd' * 8}-01")

    assert task_fields(task)["trace_id"] == "ab" * 16


@given(st.dictionaries(st.sampled_from([ROOT, "traceparent"]), st.text()))
def test_whatever_headers_say_a_line_can_be_written(headers: dict[str, str]) -> None:
    """They come from whoever may send tasks."""
    fields = task_fields(a_task(**headers))

    assert fields["task"] == str(KEY)
    assert UUID(fields["root"])
    assert "trace_id" not in fields or "traceparent" in headers


def test_records_and_events_are_told_of_the_running_task() -> None:
    """Each field is there, empty where there is nothing to say; what was said stays."""
    record = logging.makeLogRecord({"routine": "mine"})
    token = CURRENT_TASK.set(a_task())
    try:
        TaskFilter().filter(record)
        event = add_task(None, "info", {"event": "e", "task": "mine"})
    finally:
        CURRENT_TASK.reset(token)

    told = {name: getattr(record, name) for name in FIELDS}
    assert (told["task"], told["routine"], told["trace_id"]) == (str(KEY), "mine", "")
    assert (event["task"], event["pool"]) == ("mine", "p")


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_whatever_ids_are_a_line_can_be_written(key: bytes, caller: bytes) -> None:
    """A client may send what it likes."""
    fields = task_fields(Task(key=key, tag="", caller_key=caller))

    assert fields["root"] == fields["task"]
    assert ("caller" in fields) == bool(caller)


@pytest.mark.parametrize("tag", ["shop.ship:7", "shop.ship"])
def test_a_routine_is_named_without_its_line(tag: str) -> None:
    """Lines move with every change."""
    assert Task(key=KEY.bytes, tag=tag).routine == "shop.ship"
