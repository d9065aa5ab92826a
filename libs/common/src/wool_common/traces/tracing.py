"""Trace what a process dispatches, and what it runs."""

from __future__ import annotations

import os
import threading
from typing import Final

from wool_common.errors import WoolError
from wool_common.task_fields import LINES
from wool_common.traces import otel
from wool_common.traces.dispatches import DispatchSpans
from wool_common.traces.exporters import chosen, found
from wool_common.traces.runs import RunSpans
from wool_common.watching import WATCHING


class Tracing:
    """Traces this process while anybody wants it; all with one provider of spans."""

    def __init__(self) -> None:
        self._provider: otel.TracerProvider | None = None
        self._dispatches: DispatchSpans | None = None
        self._runs: RunSpans | None = None
        self._users = 0
        self._lock = threading.Lock()

    def enter(self, provider: otel.TracerProvider | None) -> None:
        """
        Begin to trace with *provider*, by default the process's, for one more.

        Raises:
            RuntimeError: this process is traced already, with another provider.
        """
        with self._lock:
            if self._users and provider is not self._provider:
                raise RuntimeError("this process is traced already, with another provider")
            self._users += 1
            if self._users == 1:
                self._provider = provider
                tracer = otel.tracer_of(provider)
                self._dispatches, self._runs = DispatchSpans(tracer), RunSpans(tracer)
                WATCHING.add(self._dispatches)
                WATCHING.add_runs(self._runs)
                LINES.span = otel.current_ids

    def leave(self) -> None:
        """Cease to trace, unless others still want it."""
        with self._lock:
            self._users -= 1
            if self._users or self._dispatches is None or self._runs is None:
                return
            WATCHING.drop(self._dispatches)
            WATCHING.drop_runs(self._runs)
            LINES.span = None


def set_provider(service: str, instance: str) -> bool:
    """
    Set a provider as OpenTelemetry's variables say; False where there is one, or is to be none.

    *service* and *instance* are what the spans are from, unless the variables say otherwise.

    Raises:
        WoolError: what they say is not installed.
    """
    if otel.has_provider():
        return False
    wanted = chosen(os.environ)
    if wanted is None:
        return False
    resource = {"service.instance.id": instance}
    told = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    if not os.environ.get("OTEL_SERVICE_NAME") and "service.name=" not in told:
        resource["service.name"] = service
    try:
        otel.sdk_provider(found(wanted), resource)
    except ImportError as exc:
        raise WoolError(
            f"spans need OpenTelemetry's SDK: pip install opentelemetry-sdk ({exc})"
        ) from exc
    return True


TRACING: Final = Tracing()
"""What a process traces is the process's, whoever asks."""
