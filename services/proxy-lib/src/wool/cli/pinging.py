"""Ask a worker the same thing over and over, and tell how long it took."""

from __future__ import annotations

import asyncio
import statistics
import time
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from wool.cli.layout import Cell, Line
from wool.cli.roster import shortened
from wool.cli.words import latency, number_of
from wool_common.buckets import SECONDS
from wool_common.credentials import CredentialsLike
from wool_common.describe import Inquiry
from wool_common.errors import WoolError

BAR: Final = 40
SHARES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pings:
    """What came of asking; *first* is the answer that took a connection as well."""

    address: str
    first: float | None
    times: tuple[float, ...]
    lost: int
    problems: tuple[str, ...]

    def quantiles(self) -> dict[str, float]:
        """Return what the shares of answers took at most; exact, by the nearest rank."""
        ordered = sorted(self.times)
        return {
            name: ordered[min(len(ordered) - 1, int(share * len(ordered)))]
            for name, share in SHARES.items()
            if ordered
        }

    def histogram(self) -> list[tuple[float | None, int]]:
        """Return how many answers took at most each bound; None is beyond all."""
        counts = [0] * (len(SECONDS) + 1)
        for seconds in self.times:
            counts[bisect_left(SECONDS, seconds)] += 1
        return list(zip([*SECONDS, None], counts, strict=True))

    def document(self) -> dict[str, object]:
        """Return all of it for `--json`."""
        return {
            "address": self.address,
            "asked": self._answered + self.lost,
            "answered": self._answered,
            "first_seconds": self.first,
            "seconds": list(self.times),
            **{f"{name}_seconds": seconds for name, seconds in self.quantiles().items()},
            "histogram": [
                {"at_most_seconds": bound, "count": count} for bound, count in self.histogram()
            ],
            "problems": list(self.problems),
        }

    def lines(self) -> list[Line]:
        """Return all of it for people."""
        asked = self._answered + self.lost
        lines = [
            [Cell(f"{self.address}: {self._answered} of {number_of(asked, 'question')} answered")]
        ]
        if self.first is not None:
            lines.append([Cell(f"first, with the connection: {latency(self.first)}")])
        if self.times:
            told = {"least": min(self.times), "mean": statistics.fmean(self.times)}
            told |= self.quantiles() | {"most": max(self.times)}
            words = "  ".join(f"{name} {latency(seconds)}" for name, seconds in told.items())
            lines += [[Cell(words, "bold")], [], *self._bars()]
        return lines

    @property
    def _answered(self) -> int:
        return len(self.times) + (self.first is not None)

    def _bars(self) -> list[Line]:
        found = self.histogram()
        used = [at for at, (_, count) in enumerate(found) if count]
        most = max(count for _, count in found)
        lines: list[Line] = []
        for bound, count in found[used[0] : used[-1] + 1]:
            title = f"≤ {latency(bound)}" if bound is not None else f"> {latency(SECONDS[-1])}"
            bar = "█" * max(round(BAR * count / most), 1 if count else 0)
            lines.append([Cell(f"{title:>10}  {count:>6}  "), Cell(bar, "cyan")])
        return lines


async def pinged(
    address: str,
    credentials: CredentialsLike | None,
    timeout: float,
    count: int,
    interval: float,
) -> Pings:
    """Ask the worker at *address* *count* times, with *interval* seconds in between."""
    inquiry = Inquiry(address, credentials)
    first: float | None = None
    times: list[float] = []
    problems: dict[str, None] = {}
    lost = 0
    try:
        for number in range(count):
            if number:
                await asyncio.sleep(interval)
            began = time.perf_counter()
            try:
                await inquiry.ask(timeout)
            except WoolError as exc:
                lost += 1
                problems[shortened(exc, timeout)] = None
                continue
            took = time.perf_counter() - began
            if number:
                times.append(took)
            else:
                first = took
    finally:
        await inquiry.aclose()
    return Pings(
        address=address, first=first, times=tuple(times), lost=lost, problems=tuple(problems)
    )
