"""Start as a program elsewhere tells it, over standard input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from wool_common.startup import StartConfig
from wool_worker.config import WorkerConfig, opened

DECIDED: Final = frozenset(
    {
        "WOOL_ADVERTISE",
        "WOOL_ANNOUNCE",
        "WOOL_CA",
        "WOOL_CERT",
        "WOOL_EXTRA",
        "WOOL_GRACE",
        "WOOL_HOST",
        "WOOL_IDENTITY",
        "WOOL_INSECURE",
        "WOOL_KEY",
        "WOOL_MUTUAL",
        "WOOL_PORT",
        "WOOL_SOCKET",
        "WOOL_TAGS",
        "WOOL_UID",
    }
)
"""The variables, as images set them, that say nothing to a worker which is told otherwise."""


def undecided(environ: Mapping[str, str]) -> dict[str, str]:
    """Return *environ* without what is told over standard input."""
    return {name: value for name, value in environ.items() if name not in DECIDED}


def as_told(config: WorkerConfig, told: StartConfig, *, log_level: str | None) -> WorkerConfig:
    """Return *config* with what was *told*, opening its pickles; *log_level* where it was said."""
    hook, credentials = opened(told)
    return replace(
        config,
        uid=told.uid,
        host=told.host,
        port=told.port,
        tags=told.tags,
        extra=told.extra,
        shutdown_grace_period=told.shutdown_grace_period,
        credentials=credentials,
        backpressure=config.backpressure if hook is None else hook,
        options=told.options,
        log_level=log_level or told.log_level,
    )
