"""Draw what `wool top` shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wool.cli.layout import Cell, Line, packed, printable, wrapped
from wool.cli.ps_table import STYLES
from wool.cli.rates import Rates
from wool.cli.sighting import State
from wool.cli.top_rows import Moment, Order
from wool.cli.top_table import part, whole
from wool.cli.words import latency, number_of, rate

WANTED: Final = 4
"""How many workers should be seen before anything else is."""

ANY: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """
    What somebody wants to see of a moment; *chosen* is the address of a worker.

    A *message* that *asks* something takes the place of the keys.
    """

    order: Order = Order.NAME
    chosen: str | None = None
    message: str = ""
    asks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many lines each part of the screen may have beside the table."""

    totals: int
    troubles: int
    each: int
    reasons: int
    keys: int
    blank: bool


ALLOWANCES: Final = (
    Allowance(totals=ANY, troubles=ANY, each=3, reasons=ANY, keys=ANY, blank=True),
    Allowance(totals=ANY, troubles=2, each=1, reasons=2, keys=2, blank=True),
    Allowance(totals=2, troubles=1, each=1, reasons=1, keys=1, blank=False),
    Allowance(totals=1, troubles=1, each=1, reasons=0, keys=0, blank=False),
    Allowance(totals=0, troubles=1, each=1, reasons=0, keys=0, blank=False),
)
"""What to be content with, one after the other, as the window gets lower."""


def drawn(moment: Moment, view: View, width: int, height: int) -> list[Line]:
    """Return a screen full of lines."""
    rows = moment.ordered(view.order)
    head, reasons, feet, gap, room = [], [], [], 0, 0
    for allowed in ALLOWANCES:
        head = _head(moment, width, allowed)
        reasons = _reasons(moment, view, width, allowed)[: max(1, height // 4)]
        feet = _feet(view, width, allowed)
        gap = 1 if allowed.blank else 0
        room = height - len(head) - len(reasons) - len(feet) - 2 * gap
        if room > min(len(rows), WANTED):
            break
    body = part(rows, view.order, view.chosen, width, max(2, room))
    filling = max(0, room - len(body))
    blank: list[Line] = [[]] * gap
    return [*head, *blank, *body, *blank, *reasons, *([[]] * filling), *feet][:height]


def printed(moment: Moment, width: int | None) -> list[Line]:
    """Return the same for where nobody can press a key."""
    table = whole(moment.ordered(Order.NAME), width)
    everything, columns = ALLOWANCES[0], width or ANY
    reasons = _reasons(moment, View(), columns, everything)
    return [*_head(moment, columns, everything), *table, *reasons]


def _head(moment: Moment, width: int, allowed: Allowance) -> list[Line]:
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
        line
        for source, problem in moment.problems.items()
        for line in wrapped([Cell(f"{source}: {printable(problem)}", "red")], width, allowed.each)
    ]
    return [
        *packed([title], width),
        *packed(cells, width)[: allowed.totals],
        *troubles[: allowed.troubles],
    ]


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


def _reasons(moment: Moment, view: View, width: int, allowed: Allowance) -> list[Line]:
    rows = [row for row in moment.ordered(view.order) if row.sighting.reason is not None]
    rows.sort(key=lambda row: row.sighting.address != view.chosen)
    lines = [
        line
        for row in rows
        for line in wrapped(
            [
                Cell(f"{row.sighting.address}: ", STYLES[row.sighting.state]),
                Cell(printable(row.sighting.reason or "")),
            ],
            width,
            allowed.each,
        )
    ]
    return lines[: allowed.reasons]


def _feet(view: View, width: int, allowed: Allowance) -> list[Line]:
    message = wrapped([Cell(view.message, "bold yellow")], width, 2) if view.message else []
    keys = [] if view.asks else packed(_keys(view), width, gap=2)[: allowed.keys]
    return [*message, *keys]


def _keys(view: View) -> Sequence[Cell]:
    return [
        Cell("q quit", "dim"),
        Cell("↑↓ select", "dim"),
        Cell("d drain", "dim"),
        Cell("sort:", "dim"),
        *(
            Cell(f"{order.value} {order.name.lower()}", "bold" if order is view.order else "dim")
            for order in Order
        ),
    ]
