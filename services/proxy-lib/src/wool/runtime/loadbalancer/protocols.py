"""What balancers that users write look like to the pool, and the pool to them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from wool_common.frames import Load
from wool_common.metadata import WorkerId, WorkerMetadata

if TYPE_CHECKING:
    from wool.runtime.loadbalancer.placed import PlacedTask


class WorkerConnectionLike(Protocol):
    """The way to one worker, as balancers see it; delegating ones only hand it on."""

    @property
    def load(self) -> Load:
        """How busy the worker last said it was."""
        ...

    async def dispatch(
        self, task: PlacedTask, *, timeout: float | None = None
    ) -> AsyncGenerator[object, object]:
        """Send *task* and return its results once the worker has accepted it."""
        ...


@runtime_checkable
class LoadBalancerContextView(Protocol):
    """What a balancer may know while it seeks a worker for one task."""

    @property
    def workers(self) -> Mapping[WorkerMetadata, WorkerConnectionLike]:
        """The workers that would take a task now: read-only, and always as it is now."""
        ...

    # Whatever has `workers` is a view to `isinstance`, as it was before there was `task`.
    if TYPE_CHECKING:

        @property
        def task(self) -> PlacedTask:
            """The task a worker is sought for."""
            ...


class LoadBalancerContextByUid(Protocol):
    """The view that balancers written for wool 0.15 are given."""

    @property
    def workers(self) -> Mapping[WorkerId, tuple[WorkerMetadata, WorkerConnectionLike]]:
        """The workers that would take a task now, by their uid."""
        ...

    @property
    def task(self) -> PlacedTask:
        """The task a worker is sought for."""
        ...


@runtime_checkable
class LoadBalancerContextLike(LoadBalancerContextView, Protocol):
    """The view with verbs that change it, which dispatching balancers are given."""

    def add_worker(self, metadata: WorkerMetadata, connection: WorkerConnectionLike) -> None:
        """Add a worker; no effect where it is known."""
        ...

    def update_worker(
        self, metadata: WorkerMetadata, connection: WorkerConnectionLike, *, upsert: bool = False
    ) -> None:
        """Take a worker's new facts; one not known is added where *upsert* says so."""
        ...

    def remove_worker(self, metadata: WorkerMetadata) -> None:
        """Drop a worker; no effect where it is not known."""
        ...


@runtime_checkable
class DelegatingLoadBalancerLike(Protocol):
    """A balancer that offers workers, while the pool dispatches."""

    def delegate(
        self, *, context: LoadBalancerContextView
    ) -> AsyncGenerator[tuple[WorkerMetadata, WorkerConnectionLike], WorkerMetadata | None]:
        """
        Yield one candidate after the other, out of `context.workers`.

        The pool drives the generator and says what became of each candidate:

        * `anext()` asks for the first candidate;
        * `athrow(exc)` says that the candidate failed, or refused, with *exc*, a
          TransientRpcError where it had left before anything was tried. If *exc* is not
          transient, the worker has left `context.workers` by now. Catch `Exception`, not
          `BaseException`, and yield another candidate;
        * `asend(metadata)` says that it took the task. The generator must end: one that
          yields again is a `RuntimeError` to the caller, and the task is cancelled.

        A generator that ends before a candidate took the task makes the call fail with
        `NoWorkersAvailable`; an exception of its own reaches the caller as it is. It is
        always closed. Several run at a time, one for each task that is being placed.
        """
        ...


@runtime_checkable
class DispatchingLoadBalancerLike(Protocol):
    """
    A balancer that dispatches by itself.

    Deprecated: write a `DelegatingLoadBalancerLike`. The pool says so once, as a
    `DeprecationWarning`.
    """

    def dispatch(
        self, task: PlacedTask, *, context: LoadBalancerContextLike, timeout: float | None = None
    ) -> AsyncIterator[object]:
        """Have one of `context.workers` accept *task* within *timeout*, and yield its results."""
        ...


LoadBalancerLike: TypeAlias = DispatchingLoadBalancerLike | DelegatingLoadBalancerLike
