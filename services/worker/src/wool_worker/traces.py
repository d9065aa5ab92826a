"""Trace a worker, where it is told to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from wool_common import logs
from wool_common.errors import WoolError
from wool_common.traces.switch import are_off
from wool_worker.config import WorkerConfig

FLUSH_SECONDS: Final = 2.0
"""What is left at the worker's end to hand over the last spans."""


class NotTraced:
    """Stands in where nothing is traced."""

    async def aclose(self) -> None:
        """Do nothing."""


class Traced:
    """What a worker traces, until it is closed."""

    def __init__(self, leave: Callable[[], None], flush: Callable[[int], None]) -> None:
        self._leave = leave
        self._flush = flush

    async def aclose(self) -> None:
        """Trace no more, and hand over what there is, within a moment."""
        self._leave()
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def flush() -> None:
            self._flush(int(FLUSH_SECONDS * 1000))
            with suppress(RuntimeError):  # it took too long, and the worker has ended
                loop.call_soon_threadsafe(done.set)

        # Not in the loop's own executor: the interpreter would wait for that at its end.
        threading.Thread(target=flush, name="wool-last-spans", daemon=True).start()
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await done.wait()
        except TimeoutError:
            logs.get().warning("spans_not_sent", seconds=FLUSH_SECONDS)


def traced(config: WorkerConfig) -> Traced | NotTraced:
    """
    Begin to trace the worker, where *config* and the environment want it.

    Raises:
        WoolError: what that needs is not installed.
    """
    if not config.traces or are_off():
        return NotTraced()
    try:
        from wool_common.traces import otel
        from wool_common.traces.tracing import TRACING, set_provider
    except ImportError as exc:
        raise WoolError(f"spans cannot be made: {exc}") from exc
    set_provider("wool-worker", config.uid)
    TRACING.enter(None)
    return Traced(TRACING.leave, otel.flush)
