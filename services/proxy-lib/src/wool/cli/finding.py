"""Find workers, and ask them what they are, for as long as a command needs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from wool.cli.options import Where
from wool.cli.overhearing import SOURCE, overheard
from wool.cli.roster import Roster
from wool.cli.sighting import Sighting, State
from wool.cli.sources import Source


@asynccontextmanager
async def finding(
    where: Where, sources: Sequence[Source], *, interval: float
) -> AsyncGenerator[Roster]:
    """Keep a roster up to date within the block; every worker is asked every *interval*."""
    roster = Roster(where.credentials, timeout=where.timeout, interval=interval)
    with overheard(roster.trouble):
        async with roster, _watched(roster, sources):
            yield roster


@asynccontextmanager
async def _watched(roster: Roster, sources: Sequence[Source]) -> AsyncGenerator[None]:
    watching = [
        asyncio.create_task(_watch(source, roster), name=f"wool-find {source.name}")
        for source in sources
    ]
    try:
        yield
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


async def _watch(source: Source, roster: Roster) -> None:
    SOURCE.set(source.name)
    await source.watch(roster)


async def settled(roster: Roster, patience: float, wait: float) -> None:
    """
    Return once it can be told who is there.

    Sources have *patience* seconds to tell of workers, and these their own time to answer;
    where none can be used then, it is waited for one up to *wait* seconds in all.
    """
    clock = asyncio.get_running_loop().time
    began = clock()
    while True:
        sightings = roster.sightings()
        states = {sighting.state for sighting in sightings}
        known = sightings or roster.problems or patience
        spent = clock() - began
        told = spent >= patience and known and State.ASKED not in states
        if told and (State.READY in states or spent >= wait):
            return
        left = max(patience, wait) - spent
        # A worker that is being asked has an end of its own, and tells of it.
        limit = None if left <= 0 else left
        try:
            async with asyncio.timeout(limit):
                await roster.news()
        except TimeoutError:
            continue


def usable(sightings: Sequence[Sighting]) -> bool:
    """Tell whether there is a worker that would take a task."""
    return any(sighting.state is State.READY for sighting in sightings)
