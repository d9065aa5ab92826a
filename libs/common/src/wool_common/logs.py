"""
Write the log of a program.

structlog takes longer to import than all the rest of a local worker, which in most lives
writes no line at all. So nothing imports structlog until the first line is due: call `get`
where a line is written, never at import.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Final, cast

from wool_common.log_forwarding import Forward, logger_is_ours
from wool_common.task_fields import LINES, add_task
from wool_common.when_imported import when_imported

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger, Processor

TIME_FORMAT: Final = "iso"
LEVELS: Final = logging.getLevelNamesMapping()


class _Choice:
    """What the command line said about logs."""

    level = "info"
    number = logging.INFO
    form = "auto"
    logger: FilteringBoundLogger | None = None
    for_routines = False
    """True where it was here that structlog was configured for whoever else uses it."""


def choose(level: str, form: str, *, worker: str = "") -> None:
    """
    Set how the lines from now on look; *form* is `json`, `console` or `auto`.

    That goes for what others say through `logging` or structlog, too, unless they have
    configured it themselves. *worker* is the worker that this program is, if it is one.
    """
    _Choice.level = level
    _Choice.number = LEVELS[level.upper()]
    _Choice.form = form
    _Choice.logger = None
    LINES.worker = worker
    forward = Forward(get)
    root, library = logging.getLogger(), logging.getLogger("wool")
    for logger in (root, library):
        logger.handlers = [one for one in logger.handlers if not isinstance(one, Forward)]
    if logger_is_ours(root):
        root.addHandler(forward)
        root.setLevel(level.upper())
    else:
        library.addHandler(forward)
    library.setLevel(level.upper())
    library.propagate = forward not in library.handlers
    when_imported("structlog", _configure)


def get() -> FilteringBoundLogger:
    """Return the program's logger, configuring it at the first call."""
    if _Choice.logger is None:
        _Choice.logger = _configured(_Choice.level, _Choice.form)
    return _Choice.logger


def shows(level: str) -> bool:
    """Tell whether lines of *level* are written."""
    return LEVELS[level.upper()] >= _Choice.number


def _configured(level: str, form: str) -> FilteringBoundLogger:
    import structlog

    # All of it is said here: what routines configure is theirs alone.
    made = structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=_processors(form),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        context_class=dict,
    )
    return cast("FilteringBoundLogger", made.bind())


def _configure() -> None:
    """Have routines that use structlog, and have not configured it, write as the program does."""
    import structlog

    if structlog.is_configured() and not _Choice.for_routines:
        return
    _Choice.for_routines = True
    structlog.configure(
        processors=_processors(_Choice.form),
        wrapper_class=structlog.make_filtering_bound_logger(_Choice.level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def _processors(form: str) -> list[Processor]:
    import structlog

    terminal = sys.stderr.isatty()
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        add_task,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt=TIME_FORMAT, utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if form == "console" or (form == "auto" and terminal):
        plain = structlog.dev.plain_traceback
        processors.append(structlog.dev.ConsoleRenderer(colors=terminal, exception_formatter=plain))
    else:
        # Without the frames' variables: those hold credentials, and other people's secrets.
        plain = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        processors.append(structlog.processors.ExceptionRenderer(plain))
        processors.append(structlog.processors.JSONRenderer())
    return processors
