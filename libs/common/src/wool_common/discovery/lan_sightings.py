"""Remember what was heard on the network, for as long as it holds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias, TypeVar

from wool_common.discovery.lan_addresses import Address

T = TypeVar("T")

MOST: Final = 10_000
"""Names that are remembered; whoever invents more is not listened to."""

MOST_ADDRESSES: Final = 32
LONGEST: Final = 120.0
"""Seconds that anything holds at most, whatever it says."""

FIRST: Final = (0.25, 0.75, 2.0)
"""Seconds between the questions at the beginning."""

QUIET: Final = 5.0
"""Seconds between questions where nobody is known."""

SOONEST: Final = 0.5
"""Seconds between questions at least, however short a life others claim."""

SILENT: Final = 30.0
"""Seconds after which a question is asked although all answered somebody else's."""

LATE: Final = 2.0
"""Seconds in which what was taken back may still be heard, as a late answer to a question."""

TOGETHER: Final = 1.0
"""Seconds within which addresses of one machine are told of together."""


class Service(NamedTuple):
    """Where the worker *name* listens; the *machine*'s addresses are told apart."""

    name: str
    machine: str
    port: int
    ttl: float


class Text(NamedTuple):
    """What is told of the worker *name*."""

    name: str
    data: bytes
    ttl: float


class MachineAddress(NamedTuple):
    """One address of *machine*."""

    machine: str
    address: Address
    ttl: float


Heard: TypeAlias = Service | Text | MachineAddress
"""A record with its time to live; 0 takes it back."""


class Sighting(NamedTuple):
    """What is known of one worker now."""

    data: bytes
    port: int
    addresses: tuple[Address, ...]


@dataclass(slots=True)
class _Seen:
    machine: str
    port: int
    heard: float
    ttl: float


@dataclass(slots=True)
class Sightings:
    """Everything that was heard and still holds, and when to ask again."""

    clock: Callable[[], float]
    eagerness: float = field(default_factory=lambda: random.uniform(0.28, 0.36))
    """The part of its time after which somebody is asked again; differs among readers."""
    _services: dict[str, _Seen] = field(default_factory=dict[str, _Seen])
    _texts: dict[str, tuple[bytes, float]] = field(default_factory=dict[str, tuple[bytes, float]])
    _machines: dict[str, dict[Address, tuple[float, float]]] = field(
        default_factory=dict[str, dict[Address, tuple[float, float]]]
    )
    _farewells: dict[str, tuple[bytes, float]] = field(
        default_factory=dict[str, tuple[bytes, float]]
    )
    _names: dict[str, str] = field(default_factory=dict[str, str])
    _asked: int = 0
    _asked_at: float = 0.0

    def hear(self, heard: Iterable[Heard]) -> set[str]:
        """Take in what one packet told; return the workers it is about."""
        now = self.clock()
        packet = list(heard)
        texts = {record.name: record for record in packet if isinstance(record, Text)}
        touched: set[str] = set()
        for record in packet:
            ttl = min(record.ttl, LONGEST)
            if isinstance(record, MachineAddress):
                self._hear_address(record, now, ttl)
                touched.add(self._names.get(record.machine, ""))
            elif not self._is_late(record.name, texts.get(record.name), now):
                if isinstance(record, Service):
                    self._hear_service(record, now, ttl)
                elif ttl:
                    self._keep(self._texts, record.name, (record.data, now + ttl))
                touched.add(record.name)
        return touched - {""}

    def get(self, name: str) -> Sighting | None:
        """Return what is known of the worker *name*; None where that is not enough."""
        service, text = self._services.get(name), self._texts.get(name)
        if service is None or text is None:
            return None
        known = self._machines.get(service.machine, {})
        return Sighting(text[0], service.port, tuple(known))

    def has(self, name: str) -> bool:
        """Tell whether somebody says where the worker *name* listens."""
        return name in self._services

    def names(self) -> list[str]:
        """Return the names of all workers somebody has told of."""
        return list(self._services)

    def lapse(self) -> list[str]:
        """Forget what no longer holds; return the workers that are gone with it."""
        now = self.clock()
        gone = [name for name, seen in self._services.items() if seen.heard + seen.ttl <= now]
        for name in gone:
            self._forget(name)
        for name in [n for n, (_, until) in self._texts.items() if until <= now]:
            if name not in self._services:
                del self._texts[name]
        for name in [n for n, (_, until) in self._farewells.items() if until <= now]:
            del self._farewells[name]
        for machine in [m for m, known in self._machines.items() if _over(known, now)]:
            if machine not in self._names:
                del self._machines[machine]
        return gone

    def asked(self) -> None:
        """Note that everybody has been asked now."""
        self._asked += 1
        self._asked_at = self.clock()

    def ask_at(self) -> float:
        """
        Return when to ask everybody, by the clock; 0 where nobody has been asked.

        Answers to another reader's question put it off: all hear them.
        """
        if not self._asked:
            return 0.0
        if self._asked <= len(FIRST):
            return self._asked_at + FIRST[self._asked - 1]
        times = [
            (seen.heard + seen.ttl * self.eagerness, seen.ttl) for seen in self._services.values()
        ]
        soonest, ttl = min(times, default=(self._asked_at + QUIET, 2 * QUIET))
        return min(max(soonest, self._asked_at + max(ttl / 6, SOONEST)), self._asked_at + SILENT)

    def _is_late(self, name: str, text: Text | None, now: float) -> bool:
        """Tell whether what is said with *text* was overtaken by what was said after it."""
        if text is not None and not text.ttl:
            known = self._texts.get(name)
            return known is not None and known[0] != text.data
        farewell = self._farewells.get(name)
        if farewell is None or farewell[1] <= now:
            return False
        return text is None or text.data == farewell[0]

    def _hear_service(self, record: Service, now: float, ttl: float) -> None:
        if not ttl:
            data = self._texts.get(record.name, (b"", 0.0))[0]
            self._keep(self._farewells, record.name, (data, now + LATE))
            self._forget(record.name)
        elif self._keep(self._services, record.name, _Seen(record.machine, record.port, now, ttl)):
            self._names[record.machine] = record.name

    def _hear_address(self, record: MachineAddress, now: float, ttl: float) -> None:
        known = self._machines.get(record.machine, {})
        # Whoever tells an address tells all of its kind: what was told before is over.
        fresh = {
            one: when
            for one, when in known.items()
            if now - when[0] <= TOGETHER or one.version != record.address.version
        }
        if ttl:
            fresh[record.address] = (now, now + ttl)
        else:
            fresh.pop(record.address, None)
        if len(fresh) <= MOST_ADDRESSES:
            self._keep(self._machines, record.machine, fresh)

    def _keep(self, where: dict[str, T], name: str, what: T) -> bool:
        if name not in where and len(where) >= MOST:
            return False
        where[name] = what
        return True

    def _forget(self, name: str) -> None:
        self._texts.pop(name, None)
        if (seen := self._services.pop(name, None)) is not None:
            self._names.pop(seen.machine, None)
            self._machines.pop(seen.machine, None)


def _over(known: dict[Address, tuple[float, float]], now: float) -> bool:
    return all(until <= now for _, until in known.values())
