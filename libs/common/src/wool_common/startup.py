"""What a parent and its local worker tell each other before and after serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final

from wool_common.metadata import NO_EXTRA, WorkerId

GRACE: Final = 60.0
"""Seconds running tasks may take to finish when a worker is stopped, unless told otherwise."""

LOG_LEVELS: Final = ("debug", "info", "warning", "error", "critical")
LOG_FORMATS: Final = ("auto", "json", "console")
LOOPS: Final = ("auto", "asyncio", "uvloop")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartConfig:
    """
    What a parent tells its worker, once.

    Either *host* or *socket_path* is given. *python_path* is the parent's own PYTHONPATH,
    which the worker puts back. *credentials* are packed; *backpressure* is a pickle, by
    cloudpickle, that is opened once *sys_path* is in force; *options* are further arguments
    of the gRPC server.
    """

    uid: WorkerId
    sys_path: tuple[str, ...]
    python_path: str | None = None
    tags: frozenset[str] = frozenset()
    extra: Mapping[str, str] = field(default_factory=lambda: NO_EXTRA)
    host: str | None = None
    port: int = 0
    socket_path: str | None = None
    credentials: bytes | None = field(default=None, repr=False)
    backpressure: bytes | None = field(default=None, repr=False)
    shutdown_grace_period: float = GRACE
    options: tuple[tuple[str, int | str], ...] = ()
    traces: bool = False
    log_level: str = "warning"
    log_format: str = "console"
    loop: str = "auto"

    def __reduce__(self) -> tuple[object, ...]:
        # What is as usual is left out: the worker of an older image may not know of it.
        told = ((each, getattr(self, each.name)) for each in fields(self))
        facts = {each.name: value for each, value in told if value != each.default}
        # A mapping proxy does not pickle.
        facts["extra"] = dict(self.extra)
        return _revive, (facts,)


def _revive(facts: dict[str, object]) -> StartConfig:
    return StartConfig(**facts)  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True, slots=True)
class StopOrder:
    """A parent wants its worker to end; running tasks have *grace* seconds."""

    grace: float


@dataclass(frozen=True, slots=True)
class StartFailure:
    """A worker tells its parent why it cannot serve."""

    text: str


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach *host*; names count as reachable by others."""
    import ipaddress  # kept off the start of workers that listen on a Unix socket

    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
