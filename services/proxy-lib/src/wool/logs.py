"""
Tell in one's own log which task a line is about.

    handler.addFilter(wool.logs.TaskFilter())                   # for `logging`
    structlog.configure(processors=[wool.logs.add_task, ...])   # for structlog

Only for those who configure logs themselves: a worker's own log has it all.
"""

from __future__ import annotations

from wool_common.task_fields import FIELDS, TaskFilter, add_task, task_fields

__all__ = ["FIELDS", "TaskFilter", "add_task", "task_fields"]
