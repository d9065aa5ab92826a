"""What those are told who watch the tasks that run on a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wool_common.metadata import WorkerMetadata
    from wool_common.task import Task


class RunSeen(Protocol):
    """One task that runs, for one who watches; told in the context of the task."""

    def raised(self, error: BaseException) -> None:
        """Hear what the routine has raised, before the end."""
        ...

    def ended(self, outcome: str, seconds: float) -> None:
        """Hear that it is over: `returned`, `raised`, `cancelled` or `lost`, after so long."""
        ...


class RunWatch(Protocol):
    """Hears of the tasks that run on a worker; must be quick."""

    def begun(self, task: Task, worker: WorkerMetadata, *, stream: bool, waited: float) -> RunSeen:
        """
        Hear that *task* begins to run, *waited* seconds after it came.

        Called in the context of the task, which may be added to.
        """
        ...
