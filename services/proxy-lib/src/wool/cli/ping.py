"""Measure how long a worker takes to answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from wool.cli.options import Seconds, as_json, dialling

if TYPE_CHECKING:
    from wool_common.credentials import CredentialsLike


@click.command()
@click.argument("address")
@dialling
@click.option(
    "--count",
    metavar="N",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How often it is asked.",
)
@click.option(
    "--interval",
    metavar="SECONDS",
    type=Seconds(),
    default=0.1,
    show_default=True,
    help="What lies between two questions.",
)
@as_json
def ping(
    address: str,
    credentials: CredentialsLike | None,
    timeout: float,
    count: int,
    interval: float,
    as_json: bool,
) -> int:
    """
    Measure how long a worker takes to answer.

    It is asked what it is, over one connection; the first question, which makes the
    connection, is told apart. Exit code 1: one was not answered.
    """
    from wool.cli.asking import dialled
    from wool.cli.codes import DONE, FAILED
    from wool.cli.pinging import pinged
    from wool.cli.printing import show, show_json, warn

    pings = asyncio.run(pinged(dialled(address), credentials, timeout, count, interval))
    if as_json:
        show_json(pings.document())
    else:
        show(pings.lines())
    for problem in pings.problems:
        warn(f"{pings.address}: {problem}")
    return DONE if pings.lost == 0 else FAILED
