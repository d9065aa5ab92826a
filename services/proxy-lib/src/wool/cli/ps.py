"""Show the workers there are."""

from __future__ import annotations

import asyncio
from typing import Final

import click

from wool.cli.options import Seconds, Where, as_json, looking

WATCH_SECONDS: Final = 1.0


@click.command()
@looking
@click.option(
    "--wait",
    metavar="SECONDS",
    type=Seconds(endless=True),
    default=0.0,
    help="Wait so long for a worker that can be used.",
)
@click.option("--watch", is_flag=True, help="Show what changes, until Ctrl-C.")
@click.option(
    "--interval",
    metavar="SECONDS",
    type=Seconds(0.1),
    default=WATCH_SECONDS,
    show_default=True,
    help="How often workers are asked.",
)
@as_json
def ps(where: Where, wait: float, watch: bool, interval: float, as_json: bool) -> int:
    """
    Show the workers there are.

    With their load, age and versions, and why one cannot be used. Exit code 0: one can be;
    3: none.
    """
    from wool.cli.ps_run import Listing

    listing = Listing(where=where, as_json=as_json, wait=wait, interval=interval)
    if watch:
        asyncio.run(listing.watch())
    return asyncio.run(listing.once())
