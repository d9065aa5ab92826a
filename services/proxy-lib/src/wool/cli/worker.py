"""Run a Wool worker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Final

import click
from click.shell_completion import CompletionItem

FLAG: Final = re.compile(r"^  (?:-\w, )?(--[\w-]+)", re.MULTILINE)


class Worker(click.Command):
    """A command that takes the flags of another program, and completes them."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the flags of `wool-worker` that may be meant by *incomplete*."""
        from wool.runtime.worker.interpreter import python

        command = [python(), "-m", "wool_worker", "--help"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        flags = dict.fromkeys(FLAG.findall(told.stdout))
        return [CompletionItem(flag) for flag in flags if flag.startswith(incomplete)]


@click.command(
    cls=Worker,
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    options_metavar="[FLAGS]",
)
@click.argument("flags", nargs=-1, type=click.UNPROCESSED)
def worker(flags: tuple[str, ...]) -> int:
    """
    Run a Wool worker.

    The same as wool-worker, with the same flags: this process becomes the worker.
    """
    from wool.runtime.worker.interpreter import python

    sys.stdout.flush()
    interpreter = python()
    os.execv(interpreter, [interpreter, "-m", "wool_worker", *flags])
