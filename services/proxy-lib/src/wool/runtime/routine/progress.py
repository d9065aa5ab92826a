"""Draw how far a batch of calls has come."""

from __future__ import annotations

try:
    from wool.runtime.drawing import (
        BarColumn,
        Console,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )
except ImportError as exc:
    raise ImportError("a progress bar needs an extra: pip install 'wool[progress]'") from exc


class Bar:
    """A progress bar on standard error; *total* is None where it is not known."""

    def __init__(self, total: int | None, label: str = "calls") -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))
        self._task = self._progress.add_task(label, total=total)
        self._progress.start()

    def advance(self) -> None:
        """Count one call."""
        self._progress.advance(self._task)

    def close(self) -> None:
        """Draw the last state and stop."""
        self._progress.stop()
