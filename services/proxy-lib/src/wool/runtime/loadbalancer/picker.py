"""Choose a worker at once, which is what every shipped balancer does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, TypeVar

from wool.runtime.loadbalancer.protocols import LoadBalancerContextView, WorkerConnectionLike
from wool_common.frames import Load
from wool_common.metadata import WorkerId, WorkerMetadata

if TYPE_CHECKING:
    from wool.runtime.loadbalancer.placed import PlacedTask

IDLE: Final = Load(0, 0)


class Candidate(Protocol):
    """A worker that would take a task now."""

    @property
    def metadata(self) -> WorkerMetadata: ...

    @property
    def load(self) -> Load: ...


C = TypeVar("C", bound=Candidate)


class Picker(ABC):
    """
    A policy that chooses at once, without awaiting anything.

    `pick` may be called from any thread. Whoever picked says `ended` exactly once for
    each pick: when the task has ended, or did not start there. A subclass that overrides
    `delegate` is driven by that, and `pick` is only what it makes of it.
    """

    needs_task: ClassVar[bool] = False
    """True where `pick` looks at the task; otherwise it is given None."""

    follows_load: ClassVar[bool] = False
    """True where `ended` and `reported` want to be called."""

    @abstractmethod
    def pick(self, members: Sequence[C], task: PlacedTask | None) -> C:
        """
        Return one of *members*, which must not be empty.

        The pool passes the same tuple until its members change, so that a policy may keep
        an index for it.
        """

    def pick_untried(
        self, members: Sequence[C], tried: Collection[WorkerId], task: PlacedTask | None
    ) -> C | None:
        """Return one of *members* that is not among *tried*, None where there is none."""
        untried = [member for member in members if member.metadata.uid not in tried]
        return self.pick(untried, task) if untried else None

    def ended(self, worker: WorkerId) -> None:  # noqa: B027 - many do not count
        """Note that a task picked for *worker* runs there no more."""

    def reported(self, worker: WorkerId, load: Load) -> None:  # noqa: B027 - many do not ask
        """Note how busy *worker* says it is, with the tasks of every client."""

    async def delegate(
        self, *, context: LoadBalancerContextView
    ) -> AsyncGenerator[tuple[WorkerMetadata, WorkerConnectionLike], WorkerMetadata | None]:
        """
        Yield each worker of *context* once at most, in the order of this policy.

        A candidate is in flight, as this policy counts, until it has failed or taken the
        task; from then on only the worker's reports tell of it.
        """
        tried: set[WorkerId] = set()
        task = context.task if self.needs_task else None
        while True:
            offered = [Offered(m, connection) for m, connection in context.workers.items()]
            chosen = self.pick_untried(offered, tried, task)
            if chosen is None:
                return
            tried.add(chosen.metadata.uid)
            try:
                taken_by = yield chosen.metadata, chosen.connection
            except Exception:  # noqa: BLE001 - whatever was wrong there, another may do
                taken_by = None
            finally:
                self.ended(chosen.metadata.uid)
            if taken_by is not None:
                return


@dataclass(frozen=True, slots=True)
class Offered:
    """A candidate made of what a context holds."""

    metadata: WorkerMetadata
    connection: WorkerConnectionLike

    @property
    def load(self) -> Load:
        """How busy the worker last said it was; idle where the connection cannot tell."""
        return getattr(self.connection, "load", IDLE)
