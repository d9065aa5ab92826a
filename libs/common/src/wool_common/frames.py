"""The frames of a session, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from wool_common.metadata import WorkerMetadata
from wool_common.pickling.inbound import Inbound
from wool_common.pickling.values import Parcel

NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})

Payload = bytes | Parcel | Inbound
"""A pickled value: whole, about to be sent in chunks, or arriving in chunks."""


def payload_size(payload: Payload) -> int:
    """Return how many bytes *payload* has, those that have not come yet among them."""
    return len(payload) if isinstance(payload, bytes) else payload.size


class Roster(NamedTuple):
    """The members of a pool at one moment."""

    version: int
    members: tuple[WorkerMetadata, ...]


class Load(NamedTuple):
    """How busy a worker is."""

    active: int
    waiting: int


# ── what a client says ────────────────────────────────────────────────────────


class Hello(NamedTuple):
    """Facts about the connection, said once."""

    protocol: int
    python: str
    pickle: int
    client: str
    version: str


class OpenPool(NamedTuple):
    """A pool that tasks will belong to."""

    pool: int
    id: str
    scope: Payload
    roster: Roster


class RosterChange(NamedTuple):
    """Who came to a pool or left it."""

    pool: int
    version: int
    joined: tuple[WorkerMetadata, ...]
    left: tuple[str, ...]


class ClosePool(NamedTuple):
    """The client needs this pool no more."""

    pool: int


class Define(NamedTuple):
    """A callable that tasks will name."""

    callable: int
    payload: Payload
    tag: str


class Start(NamedTuple):
    """A request to run a task."""

    task: int
    id: bytes
    callable: int
    pool: int
    arguments: Payload
    caller: bytes = b""
    timeout: float | None = None
    dispatch_timeout: float | None = None
    stream: bool = False
    headers: Mapping[str, str] = NO_HEADERS
    timed: bool = False


class Next(NamedTuple):
    """A request for values of a generator."""

    task: int
    credit: int


class Send(NamedTuple):
    """Resumes a generator with a value."""

    task: int
    value: Payload


class Throw(NamedTuple):
    """Resumes a generator with an exception."""

    task: int
    error: Payload


class Close(NamedTuple):
    """Closes a generator; its end is still answered."""

    task: int


class Cancel(NamedTuple):
    """Cancels a task; may be said again."""

    task: int


# ── what a worker says ────────────────────────────────────────────────────────


class Welcome(NamedTuple):
    """Accepts the session."""

    metadata: WorkerMetadata


class Turned(NamedTuple):
    """Turns the session away and says why."""

    details: str


class Draining(NamedTuple):
    """The worker takes no new tasks."""


class Accepted(NamedTuple):
    """The task is the worker's now."""

    task: int


class Refused(NamedTuple):
    """The task provably did not start."""

    task: int
    code: int
    reason: str
    details: str
    retry_after: float | None = None


class Yielded(NamedTuple):
    """A generator's next value."""

    task: int
    value: Payload


class Cancelling(NamedTuple):
    """A cancellation was delivered to the routine, which has not ended yet."""

    task: int


class Returned(NamedTuple):
    """The routine returned, or the generator is exhausted; it ran for *seconds* if `timed`."""

    task: int
    value: Payload
    seconds: float = 0.0


class Raised(NamedTuple):
    """The routine raised."""

    task: int
    error: Payload
    seconds: float = 0.0


class Cancelled(NamedTuple):
    """The routine ended by cancellation."""

    task: int
    seconds: float = 0.0


# ── what both say ─────────────────────────────────────────────────────────────


class Chunk(NamedTuple):
    """A piece of a large value."""

    transfer: int
    data: bytes


ClientFrame = (
    Hello
    | OpenPool
    | RosterChange
    | ClosePool
    | Define
    | Start
    | Next
    | Send
    | Throw
    | Close
    | Chunk
    | Cancel
)
WorkerFrame = (
    Welcome
    | Turned
    | Load
    | Draining
    | Accepted
    | Refused
    | Yielded
    | Chunk
    | Cancelling
    | Returned
    | Raised
    | Cancelled
)
TaskFrame = (
    Start
    | Next
    | Send
    | Throw
    | Close
    | Cancel
    | Accepted
    | Refused
    | Yielded
    | Cancelling
    | Returned
    | Raised
    | Cancelled
)
Frame = ClientFrame | WorkerFrame
