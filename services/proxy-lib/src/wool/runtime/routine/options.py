"""How one routine, or one call of it, is dispatched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from wool.runtime.checks import checked_count, checked_seconds, checked_tags
from wool_common.metadata import WorkerId, WorkerMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchOptions:
    """
    How a routine is dispatched.

    *timeout*: seconds the whole call may take. *tags*: the worker must carry one of them.
    *worker*: the one worker that may run it. *prefetch*: how many values of a generator
    the worker may produce ahead of the caller; 0 is lock-step.
    """

    timeout: float | None = None
    tags: frozenset[str] = frozenset()
    worker: WorkerId | None = None
    prefetch: int = 0

    @property
    def is_selective(self) -> bool:
        """True where not every worker will do."""
        return bool(self.tags) or self.worker is not None

    @property
    def words(self) -> str:
        """Which workers will do, for people."""
        words = [] if self.worker is None else [f"the uid {self.worker!r}"]
        return " and ".join(words + [f"tags {sorted(self.tags)}"] * bool(self.tags))

    def admits(self, worker: WorkerMetadata) -> bool:
        """Return whether *worker* may run the call."""
        if self.worker is not None and worker.uid != self.worker:
            return False
        return not self.tags or not self.tags.isdisjoint(worker.tags)


DEFAULT: Final = DispatchOptions()


def merge(
    base: DispatchOptions,
    *,
    timeout: float | None = None,
    tags: Iterable[str] | str | None = None,
    worker: WorkerMetadata | str | None = None,
    prefetch: int | None = None,
) -> DispatchOptions:
    """
    Return *base* with what is given put in its place.

    Raises:
        TypeError, ValueError: a value is of the wrong kind or range; the text names it.
    """
    changes: dict[str, object] = {}
    if timeout is not None:
        changes["timeout"] = checked_seconds("timeout", timeout)
    if tags is not None:
        if not isinstance(tags, Iterable):
            raise TypeError(f"tags are strings, not {tags!r}")
        changes["tags"] = frozenset(checked_tags([tags] if isinstance(tags, str) else tags))
    if worker is not None:
        changes["worker"] = _checked_worker(worker)
    if prefetch is not None:
        changes["prefetch"] = checked_count("prefetch", prefetch, least=0, unit="values")
    return replace(base, **changes) if changes else base  # pyright: ignore[reportArgumentType]


def _checked_worker(worker: object) -> WorkerId:
    uid = worker.uid if isinstance(worker, WorkerMetadata) else worker
    if not isinstance(uid, str):
        raise TypeError(f"worker is a WorkerMetadata or its uid, not {worker!r}")
    return WorkerId(uid)
