"""Configure logs as an application would, for a worker that preloads this."""

from __future__ import annotations

import logging
import sys

import structlog

import wool.logs

handler = logging.StreamHandler(sys.stderr)
handler.addFilter(wool.logs.TaskFilter())
handler.setFormatter(logging.Formatter("own %(message)s task=%(task)s root=%(root)s"))
logging.basicConfig(level="INFO", handlers=[handler])

structlog.configure(
    processors=[
        wool.logs.add_task,
        structlog.processors.KeyValueRenderer(key_order=["event", "task"]),
    ],
    logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
)
