"""
Trace this process with OpenTelemetry.

    wool.traces.start()             # spans go to the provider that the application has set

Nothing is traced before it is called, nor where the environment says WOOL_TRACES=off or
OTEL_SDK_DISABLED=true.
"""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self

from wool_common.traces.otel import TracerProvider
from wool_common.traces.switch import OTEL_SWITCH, SWITCH, are_off
from wool_common.traces.tracing import TRACING

__all__ = ["Tracing", "start"]

log = logging.getLogger("wool")


class Tracing:
    """That this process is traced; over once it is closed."""

    def __init__(self, *, active: bool) -> None:
        self._active = active

    def close(self) -> None:
        """Trace no dispatch that begins from now on; may be called twice."""
        active, self._active = self._active, False
        if active:
            TRACING.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Trace no more."""
        self.close()


def start(provider: TracerProvider | None = None) -> Tracing:
    """
    Make a span of each dispatch from now on, and have its context travel to the worker.

    *provider* is where spans go; by default the process's, which may be set later. On a
    worker, tasks are traced, too.

    Raises:
        RuntimeError: this process is traced already, with another provider.
    """
    if are_off():
        log.info("nothing is traced: %s or %s says so", SWITCH, OTEL_SWITCH)
        return Tracing(active=False)
    TRACING.enter(provider)
    return Tracing(active=True)
