"""Draw the table of `wool top`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from wool.cli.layout import Cell, Column, Line, laid_out
from wool.cli.ps_table import SHORT_UID, STYLES
from wool.cli.top_rows import Order, Row
from wool.cli.words import NOTHING, duration, latency, rate

COLUMNS: Final = (
    Column(title="WORKER", spare=5),
    Column(title="ADDRESS", least=15),
    Column(title="STATE", usual=11),
    Column(title="TASKS/S", right=True),
    Column(title="ACT", right=True),
    Column(title="WAIT", right=True, spare=3),
    Column(title="P50", right=True, spare=4, usual=7),
    Column(title="P95", right=True, spare=7, usual=7),
    Column(title="P99", right=True, spare=1, usual=7),
    Column(title="FAIL/S", right=True, spare=6),
    Column(title="REFUSED/S", right=True, spare=2),
    Column(title="UPTIME", right=True, spare=8, usual=11),
)

SORTED: Final = {
    Order.NAME: "ADDRESS",
    Order.RATE: "TASKS/S",
    Order.ACTIVE: "ACT",
    Order.WAITING: "WAIT",
    Order.LATENCY: "P99",
    Order.FAILED: "FAIL/S",
    Order.REFUSED: "REFUSED/S",
}
"""The column that rows are sorted by, whose title is underlined."""

ROOM_TO_COUNT: Final = 4
"""With fewer lines than that, none is spent on how many workers there are."""


def whole(rows: Sequence[Row], width: int | None) -> list[Line]:
    """Return the table with all of *rows*; ids are whole where there is room without end."""
    return laid_out(COLUMNS, [_cells(row, short=width is not None) for row in rows], width)


def part(
    rows: Sequence[Row], order: Order, chosen: str | None, width: int, room: int
) -> list[Line]:
    """Return the table in *room* lines, with the *chosen* worker's among them."""
    columns = [
        replace(column, style="bold underline" if column.title == SORTED[order] else "bold")
        for column in COLUMNS
    ]
    titles, *lines = laid_out(columns, [_cells(row, short=True) for row in rows], width)
    at = next((n for n, row in enumerate(rows) if row.sighting.address == chosen), None)
    if at is not None:
        lines[at] = [Cell(cell.text, f"{cell.style} reverse".strip()) for cell in lines[at]]
    if len(lines) < room:
        return [titles, *lines]
    places = room - 2 if room >= ROOM_TO_COUNT else max(1, room - 1)
    first = max(0, min((at or 0) - places + 1, len(lines) - places))
    shown = lines[first : first + places]
    counted = f"{first + 1} to {first + len(shown)} of {len(lines)}"
    return [titles, *shown, *([[Cell(counted, "dim")]] if room >= ROOM_TO_COUNT else [])]


def _cells(row: Row, *, short: bool) -> list[Cell]:
    sighting, rates = row.sighting, row.rates if row.answers else None
    description = sighting.description
    uid = sighting.uid or NOTHING
    style = "" if row.answers else "dim"
    texts = [
        uid[:SHORT_UID] if short else uid,
        sighting.address,
        sighting.state.value,
        rate(rates.throughput) if rates else NOTHING,
        str(row.active) if row.answers else NOTHING,
        str(row.waiting) if row.answers else NOTHING,
        latency(rates.quantile(0.5)) if rates else NOTHING,
        latency(rates.quantile(0.95)) if rates else NOTHING,
        latency(rates.quantile(0.99)) if rates else NOTHING,
        rate(rates.failures) if rates else NOTHING,
        rate(rates.refusals) if rates else NOTHING,
        duration(description.uptime) if description and row.answers else NOTHING,
    ]
    cells = [Cell(text, style) for text in texts]
    cells[2] = Cell(texts[2], STYLES[sighting.state])
    return cells
