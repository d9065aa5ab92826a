"""Keep the board of workers as the network tells of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from wool_common.discovery.addresses import joined
from wool_common.discovery.following import Board
from wool_common.discovery.lan_addresses import choose, is_name, literal
from wool_common.discovery.lan_records import LanRecord, decode, label
from wool_common.discovery.lan_sightings import Heard, Sighting, Sightings
from wool_common.discovery.lan_zeroconf import Air, networks
from wool_common.errors import DiscoveryError
from wool_common.metadata import WorkerId, WorkerMetadata

log: Final = logging.getLogger("wool")

Completer: TypeAlias = Callable[[WorkerMetadata], Awaitable[WorkerMetadata]]
"""Asks a worker for all it says about itself; raises where it does not answer."""

STEP: Final = 1.0
"""Seconds after which a worker that no longer answers is noticed at the latest."""

RENEW: Final = 5.0
"""Seconds between looks at which networks this machine is on, and at silent workers."""


class Watch:
    """
    One reader of the network; *board* holds what it knows.

    A worker is there from its first sign of life until it is taken back, or until its time
    is over with no further sign, though it was asked for several.
    """

    def __init__(
        self,
        board: Board,
        namespace: str | None,
        interfaces: Sequence[str] | None,
        complete: Completer | None,
    ) -> None:
        self._board = board
        self._namespace = namespace
        self._interfaces = interfaces
        self._complete = complete
        self._sightings = Sightings(time.monotonic)
        self._known: dict[str, _Known] = {}
        self._own = networks(interfaces)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """
        Listen until cancelled.

        Raises:
            DiscoveryError: this machine has no network to listen on.
        """
        air = await Air.open(self._interfaces, self._hear)
        try:
            await self._tend(air)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await air.aclose()

    async def _tend(self, air: Air) -> None:
        renew_at = time.monotonic() + RENEW
        while True:
            now = time.monotonic()
            if now >= self._sightings.ask_at():
                air.ask()
                self._sightings.asked()
            if now >= renew_at:
                await air.renew()
                self._reconsider()
                renew_at = now + RENEW
            for name in self._sightings.lapse():
                self._drop(name)
            await asyncio.sleep(max(0.0, min(STEP, self._sightings.ask_at() - now)))

    def _hear(self, heard: Sequence[Heard]) -> None:
        for name in self._sightings.hear(heard):
            self._consider(name)

    def _reconsider(self) -> None:
        """Look again at what may have another address from here by now, or did not answer."""
        self._own = networks(self._interfaces)
        for name in self._sightings.names():
            self._consider(name)

    def _consider(self, name: str) -> None:
        sighting = self._sightings.get(name)
        if sighting is None:
            if not self._sightings.has(name):
                self._drop(name)
            return
        known = self._known_as(name, sighting.data)
        record = known.record
        if record is None or record.namespace != self._namespace:
            self._take_down(known)
        elif (address := self._address(record, sighting)) is not None:
            self._tell(known, record, address)

    def _known_as(self, name: str, data: bytes) -> _Known:
        known = self._known.get(name)
        if known is None or known.data != data:
            fresh = self._known[name] = _Known(name, data)
            if known is not None:
                known.forget()
                fresh.uid = known.uid
            known = fresh
        return known

    def _tell(self, known: _Known, record: LanRecord, address: str) -> None:
        if record.complete or self._complete is None:
            self._put(known, replace(record.worker, address=address))
        elif known.completed is not None:
            self._put(known, replace(known.completed, address=address))
        elif known.completing is None:
            worker = replace(record.worker, address=address)
            asking = self._ask(known, worker, self._complete)
            known.completing = self._run(asking, "lan-complete")

    def _address(self, record: LanRecord, sighting: Sighting) -> str | None:
        if not sighting.port:
            return None
        if record.host is not None and (is_name(record.host) or literal(record.host)):
            return joined(record.host, sighting.port)
        address = choose(sighting.addresses, self._own)
        return None if address is None else joined(str(address), sighting.port)

    async def _ask(self, known: _Known, worker: WorkerMetadata, complete: Completer) -> None:
        try:
            told = await complete(worker)
            if told.uid != worker.uid:
                raise DiscoveryError(f"{worker.address} is worker {told.uid} by its own account")
        except Exception as exc:  # noqa: BLE001 - it may answer later; until then it is not there
            known.completing = None
            known.complain(f"worker {worker.uid} does not tell what its record leaves out: {exc}")
            return
        known.completed = told
        self._put(known, replace(told, address=worker.address))

    def _put(self, known: _Known, worker: WorkerMetadata) -> None:
        known.uid = worker.uid
        self._board.put(worker)

    def _take_down(self, known: _Known) -> None:
        if known.uid is not None:
            self._board.drop(known.uid)
            known.uid = None

    def _drop(self, name: str) -> None:
        if (known := self._known.pop(name, None)) is not None:
            self._take_down(known)
            known.forget()

    def _run(self, work: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Known:
    """What the text under one name tells, and what came of it."""

    def __init__(self, name: str, data: bytes) -> None:
        self.data = data
        self.uid: WorkerId | None = None
        self.completed: WorkerMetadata | None = None
        self.completing: asyncio.Task[None] | None = None
        self._complained = False
        self.record: LanRecord | None = None
        try:
            record = decode(data)
            # Whoever uses the name of another worker cannot take its place on the board.
            if not name.startswith(f"{label(record.worker.uid, record.namespace)}."):
                raise DiscoveryError("its name is not that of its uid")
            self.record = record
        except DiscoveryError as exc:
            self.complain(f"somebody announces what is no worker: {exc}")

    def complain(self, text: str) -> None:
        """Log *text*, once for all."""
        if not self._complained:
            self._complained = True
            log.warning("%s", text)

    def forget(self) -> None:
        """End what is under way."""
        if self.completing is not None:
            self.completing.cancel()
