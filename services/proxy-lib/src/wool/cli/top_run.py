"""Ask workers and draw what they answer, until `wool top` is left."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from wool.cli.codes import DONE
from wool.cli.draining import order_drain
from wool.cli.finding import finding, settled
from wool.cli.keyboard import Keyboard
from wool.cli.options import Where
from wool.cli.printing import on_terminal, show, show_json, width
from wool.cli.roster import SILENCE, Roster, shortened
from wool.cli.screen import Screen
from wool.cli.sources import Source
from wool.cli.top_keys import Deed, Desk, keys, pressed
from wool.cli.top_rows import Meters, Moment
from wool.cli.top_view import drawn, printed
from wool.cli.words import number_of
from wool_common.errors import WoolError

FIRST_SECONDS: Final = 1.0
"""How long the first look waits for workers to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What one `wool top` is to watch, and how often; *count* None is until it is left."""

    where: Where
    interval: float
    window: float
    count: int | None

    async def run(self, *, as_json: bool) -> int:
        """Watch, and return the exit code."""
        sources = self.where.sources()
        if as_json:
            await self._lines(sources, lambda m: show_json(m.document(), indent=None))
        elif not on_terminal():
            await self._lines(sources, lambda m: show([*printed(m, width()), []]))
        else:
            async with finding(self.where, sources, interval=self.interval) as roster:
                await Desktop(self, roster).run()
        return DONE

    async def _lines(self, sources: Sequence[Source], say: Callable[[Moment], None]) -> None:
        meters = Meters(self.window)
        looks = 0
        async with finding(self.where, sources, interval=self.interval) as roster:
            patience = max(source.patience for source in sources)
            await settled(roster, min(FIRST_SECONDS, patience), 0.0)
            while True:
                say(meters.moment(roster.sightings(), roster.problems))
                looks += 1
                if looks == self.count:
                    return
                await asyncio.sleep(self.interval)


class Desktop:
    """The screen, with somebody in front of it."""

    def __init__(self, watching: Watching, roster: Roster) -> None:
        self._watching = watching
        self._roster = roster
        self._meters = Meters(watching.window)
        self._moment = self._meters.moment([], {})
        self._desk: Desk = Desk()
        self._left = asyncio.Event()
        self._redraw = asyncio.Event()
        self._errands: set[asyncio.Task[None]] = set()
        self._draining: set[str] = set()

    async def run(self) -> None:
        """Draw until it is left."""
        loop = asyncio.get_running_loop()
        looking = asyncio.create_task(self._look(), name="wool-top")
        for number, act in ((signal.SIGWINCH, self._redraw.set), (signal.SIGTERM, self._leave)):
            loop.add_signal_handler(number, act)
        try:
            with Screen(full=True) as screen, Keyboard(self._hear):
                while not self._left.is_set():
                    columns, lines = screen.size
                    screen.draw(drawn(self._moment, self._desk.view, columns, lines))
                    await self._redraw.wait()
                    self._redraw.clear()
        finally:
            for number in (signal.SIGWINCH, signal.SIGTERM):
                loop.remove_signal_handler(number)
            for task in (looking, *self._errands):
                task.cancel()
            await asyncio.gather(looking, *self._errands, return_exceptions=True)

    async def _look(self) -> None:
        """Take in what workers have answered, as often as they are asked."""
        count = self._watching.count
        looks = 0
        while looks != count:
            looks += 1
            with suppress(TimeoutError):
                # The first answers are shown as they come.
                async with asyncio.timeout(self._watching.interval):
                    while looks == 1:
                        await self._roster.news()
                        self._take_in()
                    await asyncio.Event().wait()
            self._take_in()
        self._leave()

    def _take_in(self) -> None:
        self._moment = self._meters.moment(self._roster.sightings(), self._roster.problems)
        problems = {row.sighting.address: row.sighting.problem for row in self._moment.rows}
        for address in sorted(self._draining):
            problem = problems.get(address, "it is found no more")
            if problem is not None and not problem.startswith(SILENCE):
                self._draining.discard(address)
                ended = "has ended" if address in problems else "has left; it ends with its tasks"
                self._say(f"{address} {ended}")
        self._redraw.set()

    def _leave(self) -> None:
        self._left.set()
        self._redraw.set()

    def _hear(self, typed: str) -> None:
        for key in keys(typed):
            rows = self._moment.ordered(self._desk.view.order)
            addresses = [row.sighting.address for row in rows]
            self._desk, deed = pressed(self._desk, key, addresses)
            if deed is Deed.QUIT:
                self._leave()
            elif deed is Deed.DRAIN and self._desk.asked is not None:
                draining = asyncio.create_task(self._drain(self._desk.asked), name="wool-drain")
                self._errands.add(draining)
                draining.add_done_callback(self._errands.discard)
                self._desk = replace(self._desk, asked=None)
        self._redraw.set()

    async def _drain(self, address: str) -> None:
        where = self._watching.where
        try:
            active = await order_drain(address, where.credentials, None, where.timeout)
        except (WoolError, OSError, ValueError) as exc:
            self._say(f"{address} was not drained: {shortened(exc, where.timeout)}")
        else:
            self._draining.add(address)
            self._say(f"{address} drains; {number_of(active, 'task')} still ran")

    def _say(self, told: str) -> None:
        if self._desk.asked is None:
            self._desk = replace(self._desk, view=replace(self._desk.view, message=told))
            self._redraw.set()
