"""Tell those who watch runs, and let none of them harm a run."""

from __future__ import annotations

from collections.abc import Callable

from wool_common import logs
from wool_common.metadata import WorkerMetadata
from wool_common.run_watching import RunSeen
from wool_common.task import Task
from wool_common.watching import WATCHING


class Seen:
    """One run, for all who watch."""

    def __init__(self, task: Task, worker: WorkerMetadata, *, stream: bool, waited: float) -> None:
        self._seen: list[RunSeen] = []
        for watch in WATCHING.runs:
            self._told(
                lambda watch=watch: self._seen.append(
                    watch.begun(task, worker, stream=stream, waited=waited)
                )
            )

    def raised(self, error: BaseException) -> None:
        """Tell what the routine has raised."""
        for one in self._seen:
            self._told(lambda one=one: one.raised(error))

    def ended(self, outcome: str, seconds: float) -> None:
        """Tell that it is over."""
        for one in reversed(self._seen):
            self._told(lambda one=one: one.ended(outcome, seconds))

    def _told(self, tell: Callable[[], None]) -> None:
        try:
            tell()
        except Exception as exc:  # noqa: BLE001 - whatever it is, the task goes on
            logs.get().error("run_watch_failed", exc_info=exc)
