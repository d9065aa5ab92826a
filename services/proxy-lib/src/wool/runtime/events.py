"""Tell an application how its dispatches go."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

from wool_common.metadata import WorkerMetadata
from wool_common.routine_names import routine_of
from wool_common.watching import WATCHING, Dispatch, Failure, Outcome
from wool_common.watching import Phases as Phases

log = logging.getLogger("wool")


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchBegun:
    """A routine was called: its arguments have been pickled, and a worker is sought."""

    task: UUID
    routine: str
    """Where it was defined: `module.qualname`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchEnded:
    """
    A call of a routine has ended.

    *outcome* is `returned`, `raised`, `refused` (no worker took it), `lost` or `cancelled`;
    *worker* the one that it was sent to last, None where there was none; *attempts* how
    often it was sent; *phases* tell how long each part took, in seconds. *error* is what it
    ended in, a `CancelledError` also where the call's timeout was over; None for a result.
    """

    task: UUID
    routine: str
    outcome: Outcome
    worker: WorkerMetadata | None
    attempts: int
    phases: Phases
    error: BaseException | None = None


DispatchEvent = DispatchBegun | DispatchEnded
Callback = Callable[[DispatchEvent], object]


class DispatchWatch:
    """Tells a callback of dispatches until it is closed; what `on_dispatch` returns."""

    hears_begin = True
    hears_steps = False

    def __init__(self, callback: Callback) -> None:
        self._callback = callback
        WATCHING.add(self)

    def close(self) -> None:
        """Tell of no dispatch that begins from now on; may be called twice."""
        WATCHING.drop(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tell of no more."""
        self.close()

    def begun(self, dispatch: Dispatch, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Tell that it begins."""
        self._tell(DispatchBegun(task=UUID(bytes=dispatch.key), routine=routine_of(dispatch.tag)))
        return headers

    def failed(self, dispatch: Dispatch, failure: Failure, reason: str) -> None:
        """Do nothing: the end tells how many attempts there were."""

    def resumed(self, dispatch: Dispatch) -> None:
        """Do nothing: steps are not told of."""

    def ended(self, dispatch: Dispatch) -> None:
        """Tell that it has ended."""
        assert dispatch.outcome is not None
        self._tell(
            DispatchEnded(
                task=UUID(bytes=dispatch.key),
                routine=routine_of(dispatch.tag),
                outcome=dispatch.outcome,
                worker=dispatch.worker,
                attempts=dispatch.attempts,
                phases=dispatch.phases(),
                error=dispatch.error,
            )
        )

    def _tell(self, event: DispatchEvent) -> None:
        try:
            self._callback(event)
        except Exception:  # whatever it is, the task goes on
            log.exception("the callback of on_dispatch has failed")


def on_dispatch(callback: Callback) -> DispatchWatch:
    """
    Have *callback* told of every call of a routine, when it begins and when it has ended.

    It is called where the routine was, on that event loop and thread, so at the same time on
    several where calls come from several; it must be quick. What it raises is logged. Told are
    the calls that begin from now on in this process: those that its routines make on workers
    are not, unless it is asked for there. Close what is returned, or leave its block, to be
    told no more. Several callbacks are told in the order in which they came.

    Raises:
        TypeError: it cannot be called, or is async.
    """
    if not callable(callback):
        raise TypeError(f"on_dispatch takes a function of one event, not {callback!r}")
    if inspect.iscoroutinefunction(callback) or inspect.iscoroutinefunction(
        getattr(callback, "__call__", None)  # noqa: B004 - an object's, which may be async
    ):
        raise TypeError("on_dispatch takes a plain function: nobody would await an async one")
    return DispatchWatch(callback)
