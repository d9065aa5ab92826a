"""What a balancer sees of the pool while it seeks a worker for one task."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping, ValuesView

from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.loadbalancer.protocols import WorkerConnectionLike
from wool.runtime.routine.attempts import Attempts
from wool.runtime.routine.bound import BoundConnection
from wool.runtime.worker.peer import Peer
from wool_common.metadata import WorkerId, WorkerMetadata


class PoolView:
    """The pool and the task, to be read only: `workers` is always as it is now."""

    def __init__(self, attempts: Attempts, task: PlacedTask) -> None:
        self._task = task
        self._attempts = attempts
        self._connections: dict[WorkerId, BoundConnection] = {}
        self._workers = WorkersByMetadata(attempts, self.connection)

    @property
    def workers(self) -> Mapping[WorkerMetadata, BoundConnection]:
        """The workers that would take the task now, with the way to each."""
        return self._workers

    @property
    def task(self) -> PlacedTask:
        """The task a worker is sought for."""
        return self._task

    @property
    def by_uid(self) -> Mapping[WorkerId, tuple[WorkerMetadata, BoundConnection]]:
        """The same workers by their uid."""
        return WorkersByUid(self._attempts, self.connection)

    def connection(self, member: Peer) -> BoundConnection:
        """Return the way to *member*, the same one each time."""
        uid = member.metadata.uid
        known = self._connections.get(uid)
        if known is None or known.member is not member:
            known = self._connections[uid] = BoundConnection(member, self._attempts)
        return known


class ViewByUid:
    """The same for balancers that were written for wool 0.15."""

    def __init__(self, view: PoolView) -> None:
        self._view = view

    @property
    def workers(self) -> Mapping[WorkerId, tuple[WorkerMetadata, BoundConnection]]:
        """The workers that would take the task now, by their uid."""
        return self._view.by_uid

    @property
    def task(self) -> PlacedTask:
        """The task a worker is sought for."""
        return self._view.task


Connect = Callable[[Peer], BoundConnection]


class WorkersByMetadata(Mapping[WorkerMetadata, BoundConnection]):
    """The workers that would take a task, as they are now."""

    def __init__(self, attempts: Attempts, connect: Connect) -> None:
        self._attempts = attempts
        self._connect = connect

    def __getitem__(self, worker: WorkerMetadata) -> BoundConnection:
        member = self._attempts.usable(worker.uid)
        if member is None:
            raise KeyError(worker)
        return self._connect(member)

    def __iter__(self) -> Iterator[WorkerMetadata]:
        return iter([member.metadata for member in self._attempts.admitted()])

    def __len__(self) -> int:
        return len(self._attempts.admitted())

    # Workers may leave while a balancer that iterates waits for what becomes of an offer.

    def items(self) -> ItemsView[WorkerMetadata, BoundConnection]:
        return self._now().items()

    def values(self) -> ValuesView[BoundConnection]:
        return self._now().values()

    def _now(self) -> dict[WorkerMetadata, BoundConnection]:
        return {m.metadata: self._connect(m) for m in self._attempts.admitted()}

    def __repr__(self) -> str:
        return f"<{len(self)} workers: {', '.join(worker.uid for worker in self)}>"


class WorkersByUid(Mapping[WorkerId, tuple[WorkerMetadata, BoundConnection]]):
    """The workers that would take a task, as they are now, by their uid."""

    def __init__(self, attempts: Attempts, connect: Connect) -> None:
        self._attempts = attempts
        self._connect = connect

    def __getitem__(self, uid: WorkerId) -> tuple[WorkerMetadata, BoundConnection]:
        member = self._attempts.usable(WorkerId(str(uid)))
        if member is None:
            raise KeyError(uid)
        return member.metadata, self._connect(member)

    def __iter__(self) -> Iterator[WorkerId]:
        return iter([member.metadata.uid for member in self._attempts.admitted()])

    def __len__(self) -> int:
        return len(self._attempts.admitted())

    def items(self) -> ItemsView[WorkerId, tuple[WorkerMetadata, BoundConnection]]:
        return self._now().items()

    def values(self) -> ValuesView[tuple[WorkerMetadata, BoundConnection]]:
        return self._now().values()

    def _now(self) -> dict[WorkerId, tuple[WorkerMetadata, BoundConnection]]:
        found = self._attempts.admitted()
        return {m.metadata.uid: (m.metadata, self._connect(m)) for m in found}


class ChangeableView(PoolView):
    """The view of a balancer that dispatches by itself, and may leave workers out."""

    def __init__(
        self,
        attempts: Attempts,
        task: PlacedTask,
        *,
        join: Callable[[WorkerMetadata], None],
        evict: Callable[[WorkerId], None],
    ) -> None:
        super().__init__(attempts, task)
        self._join = join
        self._evict = evict

    def add_worker(self, metadata: WorkerMetadata, connection: WorkerConnectionLike) -> None:
        """Add a worker to the pool, which connects to it itself; no effect where it is known."""
        self._attempts.excluded.discard(metadata.uid)
        self._join(metadata)

    def update_worker(
        self, metadata: WorkerMetadata, connection: WorkerConnectionLike, *, upsert: bool = False
    ) -> None:
        """Take a worker's new facts; one not known is added where *upsert* says so."""
        if upsert or metadata in self.workers:
            self._join(metadata)

    def remove_worker(self, metadata: WorkerMetadata) -> None:
        """Have a worker out of use for a while; no effect where it is not known."""
        self._attempts.excluded.add(metadata.uid)
        self._evict(metadata.uid)
