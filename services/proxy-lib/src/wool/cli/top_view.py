"""Draw what `wool top` shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wool.cli.layout import Cell, Column, Line, laid_out, packed, printable
from wool.cli.ps_table import SHORT_UID, STYLES
from wool.cli.rates import Rates
from wool.cli.sighting import State
from wool.cli.top_rows import Moment, Order, Row
from wool.cli.words import NOTHING, duration, latency, number_of, rate

COLUMNS: Final = (
    Column(title="WORKER", spare=5),
    Column(title="ADDRESS", least=15),
    Column(title="STATE"),
    Column(title="TASKS/S", right=True),
    Column(title="ACT", right=True),
    Column(title="WAIT", right=True, spare=3),
    Column(title="P50", right=True, spare=4),
    Column(title="P95", right=True, spare=7),
    Column(title="P99", right=True, spare=1),
    Column(title="FAIL/S", right=True, spare=6),
    Column(title="REFUSED/S", right=True, spare=2),
    Column(title="UPTIME", right=True, spare=8),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What somebody wants to see of a moment; *chosen* is the address of a worker."""

    order: Order = Order.NAME
    chosen: str | None = None
    message: str = ""


def drawn(moment: Moment, view: View, width: int, height: int) -> list[Line]:
    """Return a screen full of lines."""
    head = [*_summary(moment, width), []]
    feet = packed(_feet(view), width, gap=2)
    reasons = _reasons(moment, view)[: max(1, height // 4)]
    room = max(2, height - len(head) - len(feet) - len(reasons) - 2)
    body = _body(moment.ordered(view.order), view, width, room)
    filling = max(0, height - len(head) - len(body) - len(reasons) - len(feet) - 1)
    return [*head, *body, [], *reasons, *([[]] * filling), *feet][:height]


def printed(moment: Moment, width: int | None) -> list[Line]:
    """Return the same for where nobody can press a key."""
    rows = [
        _cells(row, chosen=False, short=width is not None) for row in moment.ordered(Order.NAME)
    ]
    return [*_summary(moment, width or 1000), *laid_out(COLUMNS, rows, width)]


def _summary(moment: Moment, width: int) -> list[Line]:
    states = Counter(row.sighting.state for row in moment.rows)
    counts = ", ".join(f"{states[state]} {state.value}" for state in State if states[state])
    workers = number_of(len(moment.rows), "worker")
    title = Cell(f"wool top: {workers}{': ' if counts else ''}{counts}", "bold")
    active = sum(row.active for row in moment.rows)
    waiting = sum(row.waiting for row in moment.rows)
    cells = [
        Cell(f"active {active}"),
        Cell(f"waiting {waiting}", "yellow" if waiting else ""),
        *_total(moment.total),
    ]
    troubles = [
        Cell(f"{source}: {printable(problem)}", "red")
        for source, problem in moment.problems.items()
    ]
    return [*packed([title], width), *packed(cells, width), *packed(troubles, width)]


def _total(rates: Rates | None) -> list[Cell]:
    if rates is None:
        return [Cell("tasks/s -")]
    refused = sorted(rates.refused.items(), key=lambda item: -item[1])
    reasons = ", ".join(printable(reason) for reason, count in refused[:2] if count)
    return [
        Cell(f"tasks/s {rate(rates.throughput)}", "bold"),
        Cell(f"p50 {latency(rates.quantile(0.5))}"),
        Cell(f"p95 {latency(rates.quantile(0.95))}"),
        Cell(f"p99 {latency(rates.quantile(0.99))}"),
        Cell(f"failed/s {rate(rates.failures)}", "red" if rates.failed else ""),
        Cell(
            f"refused/s {rate(rates.refusals)}" + (f" ({reasons})" if reasons else ""),
            "yellow" if reasons else "",
        ),
    ]


def _body(rows: Sequence[Row], view: View, width: int, room: int) -> list[Line]:
    """Return the table in *room* lines, with the chosen worker among them."""
    places = max(1, room - 1)
    at = next((n for n, row in enumerate(rows) if row.sighting.address == view.chosen), 0)
    first = max(0, min(at - places + 1, len(rows) - places))
    cells = [_cells(row, chosen=row.sighting.address == view.chosen, short=True) for row in rows]
    titles, *lines = laid_out(COLUMNS, cells, width)
    return [titles, *lines[first : first + places]]


def _cells(row: Row, *, chosen: bool, short: bool) -> list[Cell]:
    sighting, rates = row.sighting, row.rates if row.answers else None
    description = sighting.description
    uid = sighting.uid or NOTHING
    style = "reverse" if chosen else "" if row.answers else "dim"
    state = STYLES[sighting.state]
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
    cells[2] = Cell(texts[2], f"{style} {state}".strip())
    return cells


def _reasons(moment: Moment, view: View) -> list[Line]:
    rows = [row for row in moment.ordered(view.order) if row.sighting.reason is not None]
    rows.sort(key=lambda row: row.sighting.address != view.chosen)
    return [
        [
            Cell(f"{row.sighting.address}: ", STYLES[row.sighting.state]),
            Cell(printable(row.sighting.reason or "")),
        ]
        for row in rows
    ]


def _feet(view: View) -> list[Cell]:
    if view.message:
        return [Cell(view.message, "bold yellow")]
    return [
        Cell("q quit", "dim"),
        Cell("↑↓ select", "dim"),
        Cell("d drain", "dim"),
        Cell("sort by:", "dim"),
        *(
            Cell(f"{order.value} {order.name.lower()}", "bold" if order is view.order else "dim")
            for order in Order
        ),
    ]
