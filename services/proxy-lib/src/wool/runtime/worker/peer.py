"""What placing a task needs to know of a pool's members."""

from __future__ import annotations

from enum import Enum
from typing import Final, Protocol

from wool.runtime.worker.session import Session
from wool_common.frames import Load
from wool_common.metadata import WorkerMetadata


class State(Enum):
    """How a member can be used."""

    KNOWN = "not connected"
    CONNECTING = "connecting"
    READY = "ready"
    UNTRUSTED = "no TLS"
    INCOMPATIBLE = "incompatible"
    GONE = "gone"
    CLOSED = "closed"


REFUSED: Final = frozenset({State.UNTRUSTED, State.INCOMPATIBLE, State.GONE})
"""Where waiting does not help: either side would have to be set up differently."""


class Peer(Protocol):
    """A member, as placing a task needs it."""

    @property
    def metadata(self) -> WorkerMetadata: ...

    @property
    def state(self) -> State: ...

    @property
    def reason(self) -> str: ...

    @property
    def usable(self) -> bool: ...

    @property
    def draining(self) -> bool: ...

    @property
    def load(self) -> Load: ...

    @property
    def session(self) -> Session | None: ...

    async def retire(self) -> None: ...

    async def aclose(self) -> None: ...
