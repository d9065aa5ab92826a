"""Find out which workers a pool would try for a routine."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from wool.cli.codes import DONE, NOBODY
from wool.cli.finding import finding, settled
from wool.cli.layout import Cell, Column, Line, laid_out
from wool.cli.options import Where
from wool.cli.printing import show, show_json, warn, width
from wool.cli.ps_run import troubles
from wool.cli.sighting import Sighting, State
from wool.runtime.routine.options import DispatchOptions, merge
from wool.runtime.worker.gateway import SUBSET

COLUMNS: Final = (
    Column(title="", least=5),
    Column(title="WORKER", spare=2),
    Column(title="ADDRESS", least=16),
    Column(title="TAGS", spare=1, least=6),
    Column(title="WHY", least=20),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which call is to be explained, of what kind of pool."""

    routine: str
    where: Where
    tags: tuple[str, ...]
    worker: str | None
    pool_tags: tuple[str, ...]

    def options(self) -> DispatchOptions:
        """
        Return how the routine would be dispatched.

        Raises:
            click.UsageError: there is no such routine.
        """
        base = options_of(self.routine)
        return merge(base, tags=self.tags or None, worker=self.worker)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether a worker would be tried, and *why*."""

    sighting: Sighting
    tried: bool
    why: str

    def document(self) -> dict[str, object]:
        """Return it for `--json`."""
        return {**self.sighting.document(), "tried": self.tried, "why": self.why}


def options_of(name: str) -> DispatchOptions:
    """
    Return the dispatch options of the routine called *name*, `module:routine`.

    Raises:
        click.UsageError: there is none; the text says what is there in its place.
    """
    module, colon, path = name.partition(":")
    if not (module and colon and path):
        raise click.UsageError(f"{name!r} is not MODULE:ROUTINE, such as pictures:resize")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: object = importlib.import_module(module)
    except Exception as exc:
        raise click.UsageError(f"{module} cannot be imported: {type(exc).__name__}: {exc}") from exc
    for part in path.split("."):
        if not hasattr(found, part):
            raise click.UsageError(f"{module} has no {path}")
        found = getattr(found, part)
    options: object = getattr(found, "__wool_options__", None)
    if not isinstance(options, DispatchOptions):
        raise click.UsageError(f"{name} is no routine: it lacks @wool.routine")
    return options


def judged(sighting: Sighting, options: DispatchOptions, pool_tags: Sequence[str]) -> Judgement:
    """Tell whether a pool with *pool_tags* would try the worker for a call with *options*."""
    why = _obstacle(sighting, options, frozenset(pool_tags))
    if why is not None:
        return Judgement(sighting=sighting, tried=False, why=why)
    assert sighting.description is not None
    active = sighting.description.load.active
    return Judgement(
        sighting=sighting,
        tried=True,
        why=f"ready, {active or 'no'} task{'s' * (active != 1)} there",
    )


def _obstacle(
    sighting: Sighting, options: DispatchOptions, pool_tags: frozenset[str]
) -> str | None:
    if sighting.state is not State.READY or sighting.description is None:
        return f"{sighting.state.value}: {sighting.reason}"
    worker = sighting.description.metadata
    if pool_tags and pool_tags.isdisjoint(worker.tags):
        return f"carries no tag of the pool's: {_listed(pool_tags)}"
    if options.admits(worker):
        return None
    if options.worker is not None and worker.uid != options.worker:
        return f"is not the worker that was asked for: {options.worker}"
    return f"carries no tag of the routine's: {_listed(options.tags)}"


async def answered(question: Question, *, as_json: bool) -> int:
    """Print which workers would be tried, and return the exit code."""
    options = question.options()
    sources = question.where.sources()
    async with finding(question.where, sources, interval=1.0) as roster:
        await settled(roster, max(source.patience for source in sources), 0.0)
        sightings, problems = roster.sightings(), dict(roster.problems)
    judgements = [judged(one, options, question.pool_tags) for one in sightings]
    judgements.sort(key=lambda one: not one.tried)
    tried = sum(one.tried for one in judgements)
    if as_json:
        show_json(
            {
                "routine": question.routine,
                "tags": sorted(options.tags),
                "worker": options.worker,
                "pool_tags": sorted(question.pool_tags),
                "workers": [one.document() for one in judgements],
                "problems": problems,
            }
        )
    else:
        show([*_wanted(question, options), [], *_table(judgements), *troubles(problems)])
        _remark(tried)
    return DONE if tried else NOBODY


def _wanted(question: Question, options: DispatchOptions) -> list[Line]:
    tags = (
        f"a worker with one of the tags {_listed(options.tags)}" if options.tags else "any worker"
    )
    only = f"the worker {options.worker}" if options.worker is not None else tags
    pool = f", in a pool for {_listed(question.pool_tags)}" if question.pool_tags else ""
    return [[Cell(question.routine, "bold"), Cell(f" wants {only}{pool}")]]


def _table(judgements: Sequence[Judgement]) -> list[Line]:
    rows = [
        [
            Cell("tried", "green") if one.tried else Cell("left out", "red"),
            Cell((one.sighting.uid or "-")[:8]),
            Cell(one.sighting.address),
            Cell(_tags(one.sighting)),
            Cell(one.why),
        ]
        for one in judgements
    ]
    return laid_out(COLUMNS, rows, width())


def _tags(sighting: Sighting) -> str:
    tags = sighting.description.metadata.tags if sighting.description else ()
    return " ".join(sorted(tags)) or "-"


def _remark(tried: int) -> None:
    if not tried:
        warn("no worker would be tried")
    elif tried > SUBSET:
        warn(f"a pool uses {SUBSET} of them at a time, other clients others (see `subset`)")


def _listed(tags: Sequence[str] | frozenset[str]) -> str:
    return ", ".join(sorted(tags))
