"""Remember what was started, for whoever is to end it."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from lab.places import CACHE, RUN

FILE: Final = RUN / "state.json"


@dataclass(slots=True, kw_only=True)
class Before:
    """What the machine was like before the lab's own engine came."""

    rules: dict[str, list[str]]
    links: list[str]
    forward: str
    absent: list[str]


@dataclass(slots=True, kw_only=True)
class State:
    """
    What the lab has changed on this machine.

    A thing is noted before it is made, so that a crash leaves nothing unnoted.
    """

    before: Before | None = None
    engine: str = ""
    borrowed: bool = False
    swarm: dict[str, str] = field(default_factory=dict[str, str])
    namespaces: list[str] = field(default_factory=list[str])
    links: list[str] = field(default_factory=list[str])
    tags: list[str] = field(default_factory=list[str])
    prometheus: str = ""

    def save(self) -> None:
        """Write this down, in whole or not at all."""
        FILE.parent.mkdir(parents=True, exist_ok=True)
        part = FILE.with_suffix(".part")
        part.write_text(json.dumps(asdict(self), indent=1))
        part.replace(FILE)


def load() -> State:
    """Return what was noted last; a state of nothing when there is none."""
    if not FILE.exists():
        return State()
    noted: dict[str, Any] = json.loads(FILE.read_text())
    before: dict[str, Any] | None = noted.pop("before")
    return State(before=Before(**before) if before else None, **noted)


@contextmanager
def changing() -> Generator[None]:
    """Be the only one who changes the lab."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def place(name: str) -> Path:
    """Return the folder of the part called *name*."""
    return RUN / name
