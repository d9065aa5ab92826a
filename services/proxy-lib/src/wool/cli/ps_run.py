"""Find workers and print what `wool ps` says of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import NoReturn

from wool.cli.codes import DONE, FAILED, NOBODY
from wool.cli.finding import finding, settled, usable
from wool.cli.layout import Cell, Line, printable
from wool.cli.options import DEFAULT_ADDRESS, Where
from wool.cli.printing import on_terminal, show, show_json, warn, width
from wool.cli.ps_table import table
from wool.cli.roster import Roster
from wool.cli.screen import Screen
from wool.cli.sighting import Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one `wool ps` is to show."""

    where: Where
    wait: float
    interval: float
    as_json: bool

    async def once(self) -> int:
        """Show who is there, and return the exit code."""
        sources = self.where.sources()
        patience = max(source.patience for source in sources)
        async with finding(self.where, sources, interval=self.interval) as roster:
            await settled(roster, patience, self.wait)
            sightings, problems = roster.sightings(), dict(roster.problems)
        if self.as_json:
            show_json(document(sightings, problems))
        elif sightings:
            show(table(sightings, width()))
        if not self.as_json:
            self._tell(sightings, problems)
        if usable(sightings):
            return DONE
        return FAILED if problems and not sightings else NOBODY

    async def watch(self) -> NoReturn:
        """Show who is there again and again, until interrupted."""
        sources = self.where.sources()
        patience = max(source.patience for source in sources)
        live = not self.as_json and on_terminal()
        async with finding(self.where, sources, interval=self.interval) as roster:
            await settled(roster, patience, self.wait)
            with Screen(full=False) if live else nullcontext() as screen:
                while True:
                    self._round(roster, screen)
                    await asyncio.sleep(self.interval)

    def _round(self, roster: Roster, screen: Screen | None) -> None:
        sightings = roster.sightings()
        if self.as_json:
            show_json(document(sightings, roster.problems), indent=None)
            return
        lines = [*table(sightings, width()), *troubles(roster.problems), []]
        if screen is None:
            show(lines)
        else:
            screen.draw(lines)

    def _tell(self, sightings: Sequence[Sighting], problems: Mapping[str, str]) -> None:
        for source, problem in problems.items():
            warn(f"{source}: {printable(problem)}")
        if not sightings and not problems:
            warn("no worker was found")
        if self.where.is_default and not usable(sightings):
            warn(
                f"looked at {DEFAULT_ADDRESS} alone; to look elsewhere say --static, --dns,"
                " --local, --lan or --docker"
            )


def document(sightings: Sequence[Sighting], problems: Mapping[str, str]) -> dict[str, object]:
    """Return what is known for `--json`."""
    return {"workers": [one.document() for one in sightings], "problems": dict(problems)}


def troubles(problems: Mapping[str, str]) -> list[Line]:
    """Return why some of those who know workers cannot tell of them."""
    return [
        [Cell(f"{source}: ", "red"), Cell(printable(problem))]
        for source, problem in problems.items()
    ]
