"""Tell which workers would be tried for a routine, and why."""

from __future__ import annotations

import asyncio

import click

from wool.cli.options import Where, as_json, looking


@click.command()
@click.argument("routine", metavar="MODULE:ROUTINE", required=False)
@looking
@click.option(
    "--tag",
    "tags",
    metavar="TAG",
    multiple=True,
    help="As called with options(tags=...), in place of the routine's own; repeatable.",
)
@click.option("--worker", metavar="UID", help="As called with options(worker=...).")
@click.option(
    "--pool-tag",
    "pool_tags",
    metavar="TAG",
    multiple=True,
    help="A tag that the pool was given; repeatable.",
)
@as_json
def explain(
    routine: str | None,
    where: Where,
    tags: tuple[str, ...],
    worker: str | None,
    pool_tags: tuple[str, ...],
    as_json: bool,
) -> int:
    """
    Tell which workers would be tried for a routine, and why.

    ROUTINE is looked for in MODULE, which is imported, from the current directory too. Exit
    code 3: no worker would be tried.
    """
    from wool.cli.explaining import Question, answered

    if routine is None:
        taken = [name for name in ("lan", "docker") if ":" in (getattr(where, name) or "")]
        hint = f"; --{taken[0]} has taken it, and should stand behind it" if taken else ""
        raise click.UsageError(f"Missing argument 'MODULE:ROUTINE'{hint}")
    question = Question(routine=routine, where=where, tags=tags, worker=worker, pool_tags=pool_tags)
    return asyncio.run(answered(question, as_json=as_json))
