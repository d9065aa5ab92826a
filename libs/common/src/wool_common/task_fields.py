"""Name the task that a line of a log is about."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final
from uuid import UUID

from wool_common.task import CURRENT_TASK, ROOT, Task

PARENT: Final = "traceparent"
"""The header of W3C Trace Context: version, trace, span and flags, with hyphens between."""

UUID_BYTES: Final = 16
HEX: Final = re.compile("[0-9a-f]{32}")

FIELDS: Final = ("task", "root", "routine", "caller", "pool", "worker", "trace_id", "span_id")
"""What a line may say of the task it is about."""


class _Lines:
    """What all lines of this process have in common."""

    worker: str = ""
    """The worker that this process is, if it is one."""
    span: Callable[[], tuple[str, str] | None] | None = None
    """Returns the current trace and span, where this process is traced."""


LINES: Final = _Lines()
"""A process has one log, whoever writes to it."""


def task_fields(task: Task | None = None) -> dict[str, str]:
    """
    Return what tells *task*, by default the one that runs here, apart from others.

    `root` is the id of the outermost task: of all that were called because of it, on
    whichever worker, the same. Empty where no task runs and nothing is traced.
    """
    task = CURRENT_TASK.get() if task is None else task
    fields: dict[str, str] = {}
    if task is not None:
        fields["task"] = _written(task.key)
        root = task.headers.get(ROOT, "")
        fields["root"] = _written(bytes.fromhex(root)) if HEX.fullmatch(root) else fields["task"]
        fields["routine"] = task.routine
        if task.caller_key:
            fields["caller"] = _written(task.caller_key)
        if task.pool:
            fields["pool"] = task.pool
    if LINES.worker:
        fields["worker"] = LINES.worker
    ids = None if LINES.span is None else LINES.span()
    if ids is not None:
        fields["trace_id"], fields["span_id"] = ids
    elif task is not None and (trace := _trace_of(task.headers)):
        fields["trace_id"] = trace
    return fields


def add_task(logger: object, method: str, event_dict: MutableMapping[str, Any]) -> Any:
    """Add to a line of structlog, as one of its processors, which task it is about."""
    for name, value in task_fields().items():
        event_dict.setdefault(name, value)
    return event_dict


class TaskFilter(logging.Filter):
    """
    Tells lines of `logging` which task they are about; leaves none out.

    For a handler of one's own: a record then has each of `FIELDS`, empty where there is
    nothing to say.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the fields to *record*."""
        fields = task_fields()
        for name in FIELDS:
            if not hasattr(record, name):
                setattr(record, name, fields.get(name, ""))
        return True


def _written(key: bytes) -> str:
    """Return an id as everywhere, also one that is none: a line must be possible to write."""
    return str(UUID(bytes=key)) if len(key) == UUID_BYTES else key.hex()


def _trace_of(headers: Mapping[str, str]) -> str | None:
    parts = headers.get(PARENT, "").split("-")
    return parts[1] if len(parts) >= 4 else None
