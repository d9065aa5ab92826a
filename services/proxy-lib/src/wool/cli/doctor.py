"""Check whether this machine can run workers, and reach them."""

from __future__ import annotations

import asyncio

import click

from wool.cli.options import as_json


@click.command()
@click.option("--quick", is_flag=True, help="Leave out what takes seconds.")
@as_json
def doctor(quick: bool, as_json: bool) -> int:
    """
    Check whether this machine can run and reach workers.

    Says what to do about what is wrong. Exit code 1: something is; what is merely absent,
    such as Docker, does not count.
    """
    from wool.cli.checkup import examined, lines
    from wool.cli.codes import DONE, FAILED
    from wool.cli.findings import Health
    from wool.cli.printing import show, show_json

    findings = asyncio.run(examined(quick=quick))
    if as_json:
        show_json({"findings": [finding.document() for finding in findings]})
    else:
        show(lines(findings))
    bad = any(finding.health is Health.BAD for finding in findings)
    return FAILED if bad else DONE
