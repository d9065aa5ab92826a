"""Look after the containers of workers."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar

import click

from wool.cli.codes import DONE, FAILED
from wool.cli.docker_containers import Found, found, prunable, prune
from wool.cli.options import Seconds

T = TypeVar("T")

ENGINE: Final = "The Docker Engine: unix:///path, tcp://host:port. [default: DOCKER_HOST, or here]"
OLD_SECONDS: Final = 300.0

engine_option = click.option("--engine", metavar="URL", help=ENGINE)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@click.group()
def docker() -> None:
    """Look after the containers of workers."""


@docker.command()
@engine_option
@json_option
def ps(engine: str | None, as_json: bool) -> None:
    """
    List the containers of workers.

    OWNER is who has started one: alive, gone, or elsewhere, where nothing can be told from
    here. Others, such as those of Compose, have none.
    """
    there = _done(found(engine))
    if as_json:
        click.echo(_json(there))
    else:
        click.echo(_table(there) if there else "No container of a worker is there.")


@docker.command("prune")
@engine_option
@json_option
@click.option(
    "--all", "every", is_flag=True, help="Stop and remove those that run and whose owner is gone."
)
@click.option(
    "--older",
    type=Seconds(),
    default=OLD_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="Of those with an owner elsewhere, take only what is older and does not run.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune_command(engine: str | None, as_json: bool, every: bool, older: float, yes: bool) -> int:
    """
    Remove the containers of workers that nobody needs any more.

    Those are the ones a client has started that is gone, or that never ran to the end; what
    belongs to a client that is alive stays. One that runs finishes its tasks first.
    """
    old = prunable(_done(found(engine)), every=every, older=older)
    if not old:
        click.echo("[]" if as_json else "There is nothing to remove.")
        return DONE
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody is there to be asked: say --yes to remove them")
        click.echo(_table(old), err=as_json)
        if not click.confirm(f"Remove {_counted(len(old))}?", err=as_json):
            click.echo("Nothing was removed.", err=as_json)
            return FAILED
    _done(prune(engine, old))
    click.echo(_json(old) if as_json else f"Removed {_counted(len(old))}.")
    return DONE


def _done(wanted: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(wanted)
    except ImportError as exc:  # it names the extra
        raise click.ClickException(str(exc)) from exc


def _counted(number: int) -> str:
    return "1 container" if number == 1 else f"{number} containers"


def _json(there: Sequence[Found]) -> str:
    return json.dumps([one.facts() for one in there], indent=2)


def _table(there: Sequence[Found]) -> str:
    head = ("NAME", "IMAGE", "STATUS", "OWNER", "TAGS", "ADDRESS")
    rows = [head, *((f.name, f.image, f.status, f.owner, f.tags, f.address) for f in there)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
