"""
Write the log of a program.

structlog takes longer to import than all the rest of a local worker, which in most lives
writes no line at all. So nothing imports structlog until the first line is due: call `get`
where a line is written, never at import.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger, Processor

TIME_FORMAT: Final = "iso"


class _Choice:
    """What the command line said about logs."""

    level = "info"
    form = "auto"
    logger: FilteringBoundLogger | None = None


def choose(level: str, form: str) -> None:
    """Set how the lines from now on look; *form* is `json`, `console` or `auto`."""
    _Choice.level = level
    _Choice.form = form
    _Choice.logger = None
    library = logging.getLogger("wool")
    library.handlers = [_Forward()]
    library.setLevel(level.upper())
    library.propagate = False


def get() -> FilteringBoundLogger:
    """Return the program's logger, configuring it at the first call."""
    if _Choice.logger is None:
        _Choice.logger = _configured(_Choice.level, _Choice.form)
    return _Choice.logger


class _Forward(logging.Handler):
    """Has what libraries say through `logging` stand among the program's own lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record* as the program writes its own."""
        get().log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def _configured(level: str, form: str) -> FilteringBoundLogger:
    import structlog

    terminal = sys.stderr.isatty()
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt=TIME_FORMAT, utc=True),
    ]
    if form == "console" or (form == "auto" and terminal):
        plain = structlog.dev.plain_traceback
        processors.append(structlog.dev.ConsoleRenderer(colors=terminal, exception_formatter=plain))
    else:
        # Without the frames' variables: those hold credentials, and other people's secrets.
        plain = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        processors.append(structlog.processors.ExceptionRenderer(plain))
        processors.append(structlog.processors.JSONRenderer())
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    return structlog.get_logger()
