"""Reach the worker one is already on, without a network between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from wool.runtime.worker.peer import State
from wool.runtime.worker.session import Session
from wool_common import frames as f
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_common.pickling.values import Parcel
from wool_common.surroundings import Loopback, Surroundings
from wool_common.transfers import landed


class LoopbackWire:
    """Carry a session's frames to the worker one is already on."""

    def __init__(self) -> None:
        self.loopback: Loopback | None = None

    def say(self, frame: f.ClientFrame, *, alone: bool = False) -> None:
        """Hand *frame* over; arguments were pickled, so they arrive as copies."""
        assert self.loopback is not None
        self.loopback.receive(landed(frame))

    def abandon(self, parcel: Parcel) -> None:
        """Do nothing: a parcel is handed over whole."""

    congested = False

    async def room(self) -> None:
        """Return: nothing waits."""

    def finish(self) -> None:
        """Do nothing: the session ends with the worker."""

    def unsaid(self) -> list[f.Frame]:
        """Return nothing: what is said has been heard."""
        return []


class HereMember:
    """The worker one is already on, as a member of the pool; lives on the routines' loop."""

    def __init__(
        self,
        surroundings: Surroundings,
        reported: Callable[[WorkerId, f.Load], None] = lambda uid, load: None,
    ) -> None:
        self.metadata: WorkerMetadata = surroundings.worker
        self.state = State.READY
        self.reason = ""
        self.usable = True
        self.draining = False
        wire = LoopbackWire()
        session = Session(
            asyncio.get_running_loop(),
            wire,
            reported=lambda load: reported(self.metadata.uid, load),
        )
        session.worker = self.metadata
        self.session: Session | None = session
        wire.loopback = self._loopback = surroundings.loopback(
            lambda frame: session.receive(landed(frame))
        )

    @property
    def load(self) -> f.Load:
        """How busy the worker last said it was."""
        return self.session.load if self.session is not None else f.Load(0, 0)

    def open(self, opening: f.OpenPool) -> None:
        """Open the session."""
        assert self.session is not None
        self._loopback.receive(opening)
        self.session.welcome()

    async def retire(self) -> None:
        """Leave with the worker: there is nothing to end before."""
        await self.aclose()

    async def aclose(self) -> None:
        """End the session."""
        self.usable = False
        self.state = State.CLOSED
        self._loopback.close()
        if self.session is not None:
            session = self.session
            session.do(lambda: session.close("the pool was closed"))
