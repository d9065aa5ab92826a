"""Measure a worker, where it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from wool_common import logs
from wool_common.metrics.switch import SWITCH, are_off
from wool_worker.config import WorkerConfig
from wool_worker.docket import Docket
from wool_worker.executor import Executor

if TYPE_CHECKING:
    import grpc.aio

    from wool_worker.session import Say


class Sizes(Protocol):
    """Counts values by their size, as their frames pass by."""

    def heard(self, receive: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return *receive*, which counts what is received."""
        ...

    def said(self, say: Say) -> Say:
        """Return *say*, which counts what is said."""
        ...


class Measuring(Protocol):
    """What is measured of a worker while it serves."""

    @property
    def interceptors(self) -> Sequence[grpc.aio.ServerInterceptor]:
        """What the gRPC server is to have."""
        ...

    @property
    def sizes(self) -> Sizes | None:
        """What is put between sessions and their clients."""
        ...

    def serve(self, *, executor: Executor, sessions: Callable[[], int]) -> None:
        """
        Begin to measure and to serve `/metrics`; on the main loop.

        Raises:
            OSError: it cannot listen where it is to.
        """
        ...

    def close(self) -> None:
        """End that; on the main loop, while the executor runs."""
        ...


class NotMeasured:
    """Stands in where nothing is measured."""

    interceptors: Sequence[grpc.aio.ServerInterceptor] = ()
    sizes: Sizes | None = None

    def serve(self, *, executor: Executor, sessions: Callable[[], int]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def measuring(config: WorkerConfig, docket: Docket) -> Measuring:
    """Return what measures the worker, as *config* and the environment want it."""
    if not config.metrics_port:
        return NotMeasured()
    if are_off():
        logs.get().info("metrics_off", variable=SWITCH)
        return NotMeasured()
    from wool_worker.metrics_served import Measured  # Prometheus' client: 75 ms

    return Measured(docket, asyncio.get_running_loop(), config.metrics_host, config.metrics_port)
