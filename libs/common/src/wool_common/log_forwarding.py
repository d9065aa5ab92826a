"""Put what is said through `logging` among a program's own lines."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

OWN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
"""What every record has; the rest was given as `extra`."""

METHODS: Final = ("debug", "info", "warning", "error", "critical")
LEVELS: Final = (logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
"""From where on each but the first of `METHODS` is meant; levels of one's own lie between."""


class Forward(logging.Handler):
    """Writes records as *logger* writes its lines, with `logger` and what came as `extra`."""

    def __init__(self, logger: Callable[[], FilteringBoundLogger]) -> None:
        super().__init__()
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*; one that cannot be written is told of as `logging` does."""
        try:
            say = getattr(self._logger(), METHODS[bisect_right(LEVELS, record.levelno)])
            say(record.getMessage(), **_about(record))
        except Exception:  # noqa: BLE001 - whoever says something is not to suffer for it
            self.handleError(record)


def logger_is_ours(root: logging.Logger) -> bool:
    """Tell whether nobody has given *root*, the logger of all, a handler of their own."""
    return not root.handlers


def _about(record: logging.LogRecord) -> dict[str, Any]:
    about: dict[str, Any] = {
        "event_" if name == "event" else name: value
        for name, value in record.__dict__.items()
        if name not in OWN
    }
    about["logger"] = record.name
    if record.exc_info:
        about["exc_info"] = record.exc_info
    if record.stack_info:
        about["stack"] = record.stack_info
    return about
