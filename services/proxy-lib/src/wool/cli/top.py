"""Watch workers at work."""

from __future__ import annotations

import asyncio

import click

from wool.cli.options import Seconds, Where, as_json, looking


@click.command()
@looking
@click.option(
    "--interval",
    metavar="SECONDS",
    type=Seconds(0.1),
    default=1.0,
    show_default=True,
    help="How often workers are asked.",
)
@click.option(
    "--window",
    metavar="SECONDS",
    type=Seconds(1.0),
    default=10.0,
    show_default=True,
    help="How far rates and latencies look back.",
)
@click.option(
    "--count",
    metavar="N",
    type=click.IntRange(min=1),
    help="End after so many looks.",
)
@as_json
def top(where: Where, interval: float, window: float, count: int | None, as_json: bool) -> int:
    """
    Watch workers at work.

    Shows tasks per second, load, latency, failures and refusals, and drains a worker on a
    key. Where nobody looks, prints the same as lines; with --json, one document a line.
    """
    from wool.cli.top_run import Watching

    watching = Watching(where=where, interval=interval, window=window, count=count)
    return asyncio.run(watching.run(as_json=as_json))
