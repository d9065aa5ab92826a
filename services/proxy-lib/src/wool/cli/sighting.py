"""What is known of one worker that was found."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from wool_common.describe import Description
from wool_common.frames import Hello
from wool_common.metadata import PROTOCOL, PYTHON, VERSION
from wool_common.misfit import misfit


class State(Enum):
    """Whether a worker can be used."""

    READY = "ready"
    DRAINING = "draining"
    INCOMPATIBLE = "incompatible"
    UNREACHABLE = "unreachable"
    ASKED = "asked"
    """It has not answered yet, nor has it failed to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """
    One worker at *address*, as it was last asked; *sources* are who knows the address.

    *description* is the last there was. *problem* tells why the worker does not answer now.
    """

    address: str
    sources: tuple[str, ...]
    description: Description | None = None
    problem: str | None = None

    @property
    def state(self) -> State:
        """Whether the worker can be used by a client like this one."""
        if self.problem is not None:
            return State.UNREACHABLE
        if self.description is None:
            return State.ASKED
        if self._misfit() is not None:
            return State.INCOMPATIBLE
        return State.DRAINING if self.description.draining else State.READY

    @property
    def reason(self) -> str | None:
        """Why it cannot be used, None where it can."""
        match self.state:
            case State.UNREACHABLE:
                was_draining = self.description is not None and self.description.draining
                return f"{self.problem}; it was draining" if was_draining else self.problem
            case State.INCOMPATIBLE:
                return self._misfit()
            case State.DRAINING:
                return "it takes no new tasks, for it is about to end"
            case State.ASKED:
                return "it has not answered yet"
            case State.READY:
                return None

    @property
    def uid(self) -> str | None:
        """The worker's name, None where it was never told."""
        return None if self.description is None else self.description.metadata.uid

    def document(self) -> dict[str, object]:
        """Return all of it for `--json`."""
        found: dict[str, object] = {
            "address": self.address,
            "state": self.state.value,
            "reason": self.reason,
            "sources": list(self.sources),
        }
        return found if self.description is None else found | described(self.description)

    def _misfit(self) -> str | None:
        if self.description is None:
            return None
        worker = self.description.metadata
        hello = Hello(PROTOCOL, PYTHON, pickle.HIGHEST_PROTOCOL, "", VERSION)
        return misfit(hello, protocol=worker.protocol, python=worker.python, version=worker.version)


def described(description: Description) -> dict[str, object]:
    """Return what a worker says about itself for `--json`."""
    worker, tallies = description.metadata, description.tallies
    found: dict[str, object] = {
        "uid": worker.uid,
        "pid": worker.pid,
        "version": worker.version,
        "python": worker.python,
        "protocol": worker.protocol,
        "tags": sorted(worker.tags),
        "extra": dict(sorted(worker.extra.items())),
        "secure": worker.secure,
        "active": description.load.active,
        "waiting": description.load.waiting,
        "uptime_seconds": round(description.uptime, 3),
        "idle_seconds": round(description.idle, 3),
        "draining": description.draining,
        "versions": dict(sorted(description.versions.items())),
    }
    if tallies is not None:
        found["ended"] = in_order(tallies.ended)
        found["refused"] = in_order(tallies.refused)
        found["task_seconds"] = {
            "bounds": list(tallies.bounds),
            "counts": list(tallies.counts),
            "sum": tallies.seconds,
        }
    return found


def in_order(counts: Mapping[str, int]) -> dict[str, int]:
    """Return *counts*, the largest first; a protobuf map has no order."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def each_once(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return *sightings* in order of their addresses, a worker at two addresses once."""
    found: dict[str, Sighting] = {}
    for sighting in sorted(sightings, key=lambda one: one.address):
        key = sighting.uid if sighting.uid and sighting.problem is None else sighting.address
        found.setdefault(key, sighting)
    return list(found.values())
