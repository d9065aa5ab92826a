"""Run a Wool worker."""

from __future__ import annotations

import os
import sys

import click


@click.command(
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
