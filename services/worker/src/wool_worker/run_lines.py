"""Write a line for each task that has ended, where debugging lines are wanted."""

from __future__ import annotations

from wool_common import logs
from wool_common.metadata import WorkerMetadata
from wool_common.task import Task
from wool_common.watching import WATCHING


def note_runs() -> None:
    """Begin to write them, where the log shows them."""
    if logs.shows("debug"):
        WATCHING.add_runs(RunLines())


class RunLines:
    """Watches runs for the log."""

    def begun(self, task: Task, worker: WorkerMetadata, *, stream: bool, waited: float) -> RunLine:
        """Wait for the end: that one line tells all."""
        return RunLine(waited)


class RunLine:
    """What the line of one task will say; the task itself is named on every line."""

    def __init__(self, waited: float) -> None:
        self._waited = waited
        self._error: str | None = None

    def raised(self, error: BaseException) -> None:
        """Remember what it was, and not what it holds."""
        self._error = repr(error)

    def ended(self, outcome: str, seconds: float) -> None:
        """Write the line."""
        error = {} if self._error is None else {"error": self._error}
        logs.get().debug(
            "task_ended",
            outcome=outcome,
            seconds=round(seconds, 6),
            waited=round(self._waited, 6),
            **error,
        )
