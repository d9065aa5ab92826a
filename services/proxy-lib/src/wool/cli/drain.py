"""Ask a worker to finish its tasks and end."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import click

from wool.cli.codes import DONE, FAILED
from wool.cli.options import Seconds, as_json, dialling

if TYPE_CHECKING:
    from wool_common.credentials import CredentialsLike


@click.command()
@click.argument("address")
@dialling
@click.option(
    "--grace",
    metavar="SECONDS",
    type=Seconds(endless=True),
    help="What running tasks get to finish; 0 cancels them. [default: the worker's own]",
)
@click.option(
    "--wait",
    metavar="SECONDS",
    type=Seconds(endless=True),
    help="Wait so long for the worker to end; exit code 1 where it has not.",
)
@as_json
def drain(
    address: str,
    credentials: CredentialsLike | None,
    timeout: float,
    grace: float | None,
    wait: float | None,
    as_json: bool,
) -> int:
    """
    Ask a worker to finish its tasks and end.

    From then on it takes no new tasks, and those that find workers forget it.
    """
    from wool.cli.asking import dialled
    from wool.cli.draining import ended, order_drain
    from wool.cli.printing import show_json, warn
    from wool.cli.roster import shortened
    from wool.cli.words import duration, number_of
    from wool_common.errors import WoolError

    target = dialled(address)
    began = time.monotonic()

    async def act() -> tuple[int, bool | None]:
        active = await order_drain(target, credentials, grace, timeout)
        return active, None if wait is None else await ended(target, credentials, wait)

    try:
        active, has_ended = asyncio.run(act())
    except (WoolError, OSError) as exc:
        warn(f"{target}: {shortened(exc, timeout)}")
        return FAILED
    spent = time.monotonic() - began
    if as_json:
        show_json(
            {"address": target, "active": active, "ended": has_ended, "seconds": round(spent, 3)}
        )
    elif has_ended:
        click.echo(f"{target} has ended, after {duration(spent)}")
    else:
        click.echo(f"{target} drains: {number_of(active, 'task')} ran there")
    if has_ended is False:
        warn(f"{target} has not ended within {wait:g} s")
        return FAILED
    return DONE
