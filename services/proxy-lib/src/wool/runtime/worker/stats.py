"""Count what there is of a pool at one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from wool.runtime.worker.peer import Peer, State
from wool_common.errors import Attempt
from wool_common.frames import Load
from wool_common.metadata import WorkerId, WorkerMetadata

WorkerState = Literal["ready", "connecting", "evicted", "incompatible", "known"]
"""How a pool can use a worker; `known` is one that others are used instead of."""

STATES: Final[Mapping[State, WorkerState]] = {
    State.KNOWN: "known",
    State.CONNECTING: "connecting",
    State.READY: "ready",
    State.UNTRUSTED: "incompatible",
    State.INCOMPATIBLE: "incompatible",
    State.GONE: "evicted",
    State.CLOSED: "evicted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStats:
    """
    One worker of a pool, as the pool sees it.

    *load* is what the worker last said, tasks of others among it; *active* are the tasks
    that this pool has there. *reason* tells why it cannot be used, empty where it can;
    *connected* whether there is a session.
    """

    metadata: WorkerMetadata
    state: WorkerState
    reason: str
    connected: bool
    load: Load
    active: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PoolWorker(WorkerMetadata):
    """
    A worker that would take a task, with how busy it was when the pool was asked.

    *load* and *active* are those of `WorkerStats`. It stands for its metadata wherever these
    are wanted, and is equal to them and to itself at another moment, whatever the load.
    """

    load: Load
    active: int

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WorkerMetadata):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in FACTS)

    __hash__ = WorkerMetadata.__hash__

    def __reduce__(self) -> tuple[object, ...]:
        return with_load, (WorkerMetadata(**_facts(self)), self.load, self.active)


FACTS: Final = tuple(field.name for field in fields(WorkerMetadata))


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStats:
    """A pool at one moment: its workers, ready or not, and how many calls wait for one."""

    workers: tuple[WorkerStats, ...]
    waiting: int

    @property
    def states(self) -> Mapping[str, int]:
        """How many workers there are in each state."""
        found: dict[str, int] = dict.fromkeys(STATES.values(), 0)
        for worker in self.workers:
            found[worker.state] += 1
        return found

    @property
    def ready(self) -> int:
        """How many workers would take a task."""
        return self.states["ready"]

    @property
    def sessions(self) -> int:
        """How many workers the pool is connected to."""
        return sum(worker.connected for worker in self.workers)

    @property
    def active(self) -> int:
        """How many tasks of this pool workers have that have not ended."""
        return sum(worker.active for worker in self.workers)


def state_of(member: Peer, *, ejected: bool) -> WorkerState:
    """Return how a pool can use *member*."""
    state = STATES[member.state]
    if state == "ready" and (ejected or not member.usable):
        return "evicted"
    return "evicted" if ejected and state != "incompatible" else state


def stats_of(
    members: Iterable[Peer],
    is_ejected: Callable[[WorkerId], bool],
    explain: Callable[[Iterable[Peer]], Iterable[Attempt]],
    waiting: int,
) -> PoolStats:
    """Return *members* as they are; *explain* tells why they are not used."""
    workers: list[WorkerStats] = []
    for member in members:
        state = state_of(member, ejected=is_ejected(member.metadata.uid))
        why = [] if state == "ready" else [attempt.reason for attempt in explain([member])]
        workers.append(
            WorkerStats(
                metadata=member.metadata,
                state=state,
                reason="".join(why),
                connected=member.state is State.READY,
                load=member.load,
                active=_active(member),
            )
        )
    return PoolStats(workers=tuple(workers), waiting=waiting)


def workers_of(members: Iterable[Peer]) -> tuple[PoolWorker, ...]:
    """Return *members* with how busy they are."""
    return tuple(with_load(one.metadata, one.load, _active(one)) for one in members)


def with_load(worker: WorkerMetadata, load: Load, active: int) -> PoolWorker:
    """Return *worker* with how busy it is."""
    return PoolWorker(**_facts(worker), load=load, active=active)


def _active(member: Peer) -> int:
    return 0 if member.session is None else member.session.active


def _facts(worker: WorkerMetadata) -> dict[str, Any]:
    return {name: getattr(worker, name) for name in FACTS}
