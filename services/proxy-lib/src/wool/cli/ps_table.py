"""Draw the table of workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from wool.cli.layout import Cell, Column, Line, laid_out, printable
from wool.cli.sighting import Sighting, State
from wool.cli.words import NOTHING, duration

COLUMNS: Final = (
    Column(title="WORKER", spare=4, least=8),
    Column(title="ADDRESS", least=16),
    Column(title="STATE"),
    Column(title="ACTIVE", right=True),
    Column(title="WAITING", right=True, spare=1),
    Column(title="UPTIME", right=True, spare=2),
    Column(title="VERSION", spare=3),
    Column(title="PYTHON", spare=6),
    Column(title="TAGS", spare=5, least=6),
)

STYLES: Final[Mapping[State, str]] = {
    State.READY: "green",
    State.DRAINING: "yellow",
    State.INCOMPATIBLE: "red",
    State.UNREACHABLE: "red",
    State.ASKED: "dim",
}

SHORT_UID: Final = 8


def table(sightings: Sequence[Sighting], width: int | None) -> list[Line]:
    """Return *sightings* as a table, with the reasons of those that cannot be used below."""
    lines = laid_out(COLUMNS, (_row(one, short=width is not None) for one in sightings), width)
    reasons = [
        [Cell(f"{one.address}: ", STYLES[one.state]), Cell(printable(one.reason))]
        for one in sightings
        if one.reason is not None
    ]
    return [*lines, *([[]] if reasons else []), *reasons]


def _row(sighting: Sighting, *, short: bool) -> list[Cell]:
    state = Cell(sighting.state.value, STYLES[sighting.state])
    description = sighting.description
    if description is None:
        return [
            Cell(NOTHING),
            Cell(sighting.address),
            state,
            *(Cell(NOTHING) for _ in COLUMNS[3:]),
        ]
    worker = description.metadata
    now = sighting.problem is None
    return [
        Cell(worker.uid[:SHORT_UID] if short else worker.uid),
        Cell(sighting.address),
        state,
        Cell(str(description.load.active) if now else NOTHING),
        Cell(str(description.load.waiting) if now else NOTHING),
        Cell(duration(description.uptime) if now else NOTHING),
        Cell(worker.version),
        Cell(worker.python),
        Cell(" ".join(sorted(worker.tags)) or NOTHING),
    ]
