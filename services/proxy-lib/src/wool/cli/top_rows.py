"""What `wool top` knows of each worker at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from wool.cli.rates import Meter, Rates, summed
from wool.cli.sighting import Sighting, State, in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One worker; *rates* are None where nothing is known of the last seconds."""

    sighting: Sighting
    rates: Rates | None

    @property
    def answers(self) -> bool:
        """True where the numbers are of now."""
        return self.sighting.state not in (State.UNREACHABLE, State.ASKED)

    @property
    def active(self) -> int:
        """Tasks that run, or wait to."""
        return self._load[0]

    @property
    def waiting(self) -> int:
        """Tasks that have not begun."""
        return self._load[1]

    @property
    def _load(self) -> tuple[int, int]:
        description = self.sighting.description
        return description.load if description is not None and self.answers else (0, 0)


class Order(Enum):
    """What rows are sorted by; the value is the key that says so."""

    NAME = "n"
    RATE = "r"
    ACTIVE = "a"
    WAITING = "w"
    LATENCY = "l"
    FAILED = "f"
    REFUSED = "u"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All workers at one moment, with what ails those who know of workers."""

    rows: Sequence[Row]
    problems: Mapping[str, str]

    @property
    def total(self) -> Rates | None:
        """What happens on all workers that answer together."""
        return summed(row.rates for row in self.rows if row.rates is not None and row.answers)

    def ordered(self, order: Order) -> list[Row]:
        """Return the rows by *order*, the largest first."""
        rows = sorted(self.rows, key=lambda row: row.sighting.address)
        if order is Order.NAME:
            return rows
        return sorted(rows, key=lambda row: _weight(row, order), reverse=True)

    def document(self) -> dict[str, object]:
        """Return all of it for `--json`."""
        total = self.total
        return {
            "workers": [
                {**row.sighting.document(), **_rates(row.rates if row.answers else None)}
                for row in self.ordered(Order.NAME)
            ],
            "total": {
                "active": sum(row.active for row in self.rows),
                "waiting": sum(row.waiting for row in self.rows),
                **_rates(total),
            },
            "problems": dict(self.problems),
        }


@dataclass(slots=True)
class Meters:
    """A meter for each worker, with *window* seconds to look back."""

    window: float
    _held: dict[str, Meter] = field(default_factory=dict[str, Meter])

    def moment(self, sightings: Sequence[Sighting], problems: Mapping[str, str]) -> Moment:
        """Take in *sightings*, and return what can be said now."""
        present = {sighting.address for sighting in sightings}
        for address in [address for address in self._held if address not in present]:
            del self._held[address]
        return Moment(rows=[self._row(one) for one in sightings], problems=dict(problems))

    def _row(self, sighting: Sighting) -> Row:
        meter = self._held.setdefault(sighting.address, Meter(self.window))
        if sighting.description is not None and sighting.problem is None:
            meter.hear(sighting.description)
        return Row(sighting=sighting, rates=meter.rates())


def _weight(row: Row, order: Order) -> float:
    rates = row.rates
    if order is Order.ACTIVE:
        return row.active
    if order is Order.WAITING:
        return row.waiting
    if rates is None or not row.answers:
        return -1.0
    value = {
        Order.RATE: rates.throughput,
        Order.LATENCY: rates.quantile(0.99),
        Order.FAILED: rates.failures,
        Order.REFUSED: rates.refusals,
    }[order]
    return -1.0 if value is None else value


def _rates(rates: Rates | None) -> dict[str, object]:
    if rates is None:
        return {"rates": None}
    return {
        "rates": {
            "seconds": round(rates.seconds, 3),
            "tasks_per_second": _rounded(rates.throughput, 3),
            "failures_per_second": _rounded(rates.failures, 3),
            "refusals_per_second": _rounded(rates.refusals, 3),
            "refused": in_order({name: count for name, count in rates.refused.items() if count}),
            "p50_seconds": _rounded(rates.quantile(0.5), 7),
            "p95_seconds": _rounded(rates.quantile(0.95), 7),
            "p99_seconds": _rounded(rates.quantile(0.99), 7),
        }
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
