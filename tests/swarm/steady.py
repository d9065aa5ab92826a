"""A client that calls steadily, and what it has seen."""

from __future__ import annotations

import time
from collections.abc import Generator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from followed import Followed, following
from lab.client import Engine
from lab.commands import wait_until

RATE: Final = 50
"""Calls a second."""

SCRIPTS: Final = Path(__file__).parent / "scripts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What became of one call."""

    number: int
    began: float
    ended: float
    outcome: str
    places: tuple[str, ...]
    """The containers it ran in, and that of the call it made."""
    lost: str
    """The worker that was lost."""


@dataclass(slots=True, kw_only=True)
class Client:
    """A client in a container, which looks for workers in one *way*: `docker` or `dns`."""

    way: str
    engine: Engine
    container: str
    said: Followed
    calls: dict[int, Call] = field(default_factory=dict[int, Call])
    added: dict[str, float] = field(default_factory=dict[str, float])
    """When a worker was last found, by its uid."""
    dropped: dict[str, float] = field(default_factory=dict[str, float])
    present: set[str] = field(default_factory=set[str])
    total: int | None = None
    """The number of calls, once it has ended."""

    def look(self) -> None:
        """Take in what it has said since."""
        for line in self.said.news():
            match line["kind"]:
                case "call":
                    number = line["number"]
                    self.calls[number] = Call(
                        number=number,
                        began=line["began"],
                        ended=line["at"],
                        outcome=line["outcome"],
                        places=tuple(line["where"]),
                        lost=line["lost"],
                    )
                case "event" if line["type"] == "worker-dropped":
                    self.dropped[line["uid"]] = line["at"]
                    self.present.remove(line["uid"])
                case "event" if line["type"] == "worker-added":
                    self.added[line["uid"]] = line["at"]
                    self.present.add(line["uid"])
                case "event":
                    pass
                case _:
                    self.total = line["calls"]

    def count(self) -> int:
        """Return of how many workers it knows."""
        self.look()
        return len(self.present)

    def sees(self, workers: Set[str]) -> bool:
        """Tell whether it knows of exactly these."""
        self.look()
        return self.present == workers

    def pairs(self) -> set[tuple[str, ...]]:
        """Return in which containers calls have run that called, each with where they did."""
        self.look()
        return {call.places for call in self.calls.values() if len(call.places) == 2}

    def calls_since(self, since: float) -> int:
        """Return how many calls have begun since."""
        return sum(call.began >= since for call in self.calls.values())

    @property
    def has_ended(self) -> bool:
        """True once it has said so, which it does after its last call has ended."""
        self.look()
        return self.total is not None

    def lost(self, since: float) -> list[Call]:
        """Return the calls begun after *since* that did not come back right; waits for all."""
        until = time.time()
        wait_until(f"all calls via {self.way}", lambda: self._all_ended(until), timeout=40)
        return [c for c in self.calls.values() if c.began >= since and c.outcome != "right"]

    def _all_ended(self, until: float) -> bool:
        """Tell whether all calls begun before *until* have ended."""
        self.look()
        later = [c.number for c in self.calls.values() if c.began >= until]
        return bool(later) and all(n in self.calls for n in range(1, min(later)))


@contextmanager
def calling(
    engine: Engine, folder: Path, image: str, network: str, place: str, *options: str
) -> Generator[Client]:
    """Start a client that finds workers by *place*; it ends with the block, as do its calls."""
    way = place.partition(":")[0]
    mounted = ("--volume", f"{SCRIPTS}:/app:ro", "--network", network, "--entrypoint", "python")
    program = (*options, image, "/app/steady_calls.py", place, str(RATE))
    container = engine.docker("run", "--detach", *mounted, *program)
    try:
        with following(engine, folder / way, "logs", "--follow", container) as said:
            client = Client(way=way, engine=engine, container=container, said=said)
            yield client
            engine.docker("stop", "--time", "30", container)
            wait_until(f"the end of the client via {way}", lambda: client.has_ended, timeout=5)
            assert not any(line.startswith("Traceback") for line in client.said.other)
    finally:
        engine.docker("rm", "--force", container)
