"""Hear what discoveries say to the log, where it would go across what is drawn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from wool.cli.plainly import plainly

SOURCE: Final[ContextVar[str]] = ContextVar("wool_cli_source", default="discovery")
"""The source on whose behalf the running task acts."""

LOGGERS: Final = {"wool": logging.INFO, "asyncio": logging.WARNING, "zeroconf": logging.WARNING}
"""Who may say something, and from which level on; the library tells what is well again, too."""

Trouble = Callable[[str, str | None], None]


class _Ear(logging.Handler):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self._trouble = trouble

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of a warning; what is better news ends it."""
        bad = record.levelno >= logging.WARNING
        self._trouble(SOURCE.get(), plainly(record.getMessage()) if bad else None)


@contextmanager
def overheard(trouble: Trouble) -> Generator[None]:
    """Tell *trouble* what is logged within the block, in place of standard error."""
    ear = _Ear(trouble)
    before: list[tuple[logging.Logger, bool, int]] = []
    for name, level in LOGGERS.items():
        logger = logging.getLogger(name)
        before.append((logger, logger.propagate, logger.level))
        logger.addHandler(ear)
        logger.propagate = False
        logger.setLevel(level)
    try:
        yield
    finally:
        for logger, propagate, level in before:
            logger.removeHandler(ear)
            logger.propagate = propagate
            logger.setLevel(level)
