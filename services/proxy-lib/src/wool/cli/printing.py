"""Print for people, or for programs."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable

import click

from wool.cli.layout import Line, plain


def on_terminal() -> bool:
    """Tell whether somebody looks at what is printed."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int | None:
    """Return how many columns there are, None where nobody looks."""
    return shutil.get_terminal_size().columns if on_terminal() else None


def show(lines: Iterable[Line]) -> None:
    """Print *lines*, in colours where there is a terminal that is to have them."""
    if not on_terminal():
        for line in lines:
            click.echo(plain(line))
        return
    from wool.runtime.drawing import Console, Text

    console = Console(highlight=False)
    for line in lines:
        text = Text.assemble(*((cell.text, cell.style) for cell in line))
        text.rstrip()
        console.print(text, soft_wrap=True)


def show_json(document: object, *, indent: int | None = 2) -> None:
    """Print *document* as JSON; without *indent*, in one line."""
    click.echo(json.dumps(document, indent=indent, ensure_ascii=False))


def warn(line: str) -> None:
    """Print *line* where it does not mix with results, after the name of the command."""
    context = click.get_current_context(silent=True)
    click.echo(f"{context.command_path}: {line}" if context else line, err=True)
