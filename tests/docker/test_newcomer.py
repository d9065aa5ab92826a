"""A newcomer follows the pages to a worker on another machine, typing what they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest
from built_images import ROOT, checkout
from lab.client import Engine
from newcomer.machines import Machines, fetch_wheels, started
from newcomer.walk import Walk

pytestmark = [pytest.mark.docker, pytest.mark.slow]

QUICK_START = ROOT / "docs/quickstart.md"
GUIDE = ROOT / "docs/guides/tls-and-dns.md"

HERE = "desk"
THERE = "worker.example"
"""What the guide calls the worker's machine."""

INSTEAD = re.compile(r"type `(?P<new>\S+)` in place of `(?P<old>\S+)`")
LEFT_OUT = re.compile(r"leave\s+out\s+what\s+is\s+headed\s+\*(?P<heading>[^*]+)\*")

Start = Callable[..., Machines]


@pytest.fixture
def start(engine: Engine, base_image: Callable[[str], str], tmp_path: Path) -> Generator[Start]:
    """Start machines of some names that have a certain Python; they are gone in the end."""
    repository, wheels, carried = (tmp_path / name for name in ("repository", "wheels", "carried"))
    for folder in (repository, wheels, carried):
        folder.mkdir()
    checkout(repository)
    with ExitStack() as stack:

        def machines(*names: str, python: str) -> Machines:
            base = base_image(python)
            fetch_wheels(engine, base, repository, wheels)
            return stack.enter_context(started(engine, base, names, wheels, repository, carried))

        yield machines


def test_two_machines(start: Start) -> None:
    """A routine called on one machine runs on the other, found by its name, over TLS."""
    machines = start(HERE, THERE, python="3.13")
    with machines[HERE].terminal() as first, machines[HERE].terminal() as second:
        Walk(terminals={"first terminal": first, "second terminal": second}).follow(QUICK_START)
        with machines[THERE].terminal() as other:
            there = {"your machine": first, "worker's machine": other}
            Walk(terminals=there, carry=machines.carry).follow(GUIDE)


def test_one_machine(start: Start) -> None:
    """With two terminals on one machine it works as well, in the way the guide says."""
    guide = GUIDE.read_text()
    told, left_out = INSTEAD.search(guide), LEFT_OUT.search(guide)
    assert told is not None
    assert left_out is not None

    machine = start(HERE, python="3.11")[HERE]
    with machine.terminal() as first, machine.terminal() as second:
        Walk(terminals={"first terminal": first, "second terminal": second}).follow(QUICK_START)
        Walk(
            terminals={"your machine": first, "worker's machine": second},
            leaving_out=f"({left_out['heading']})",
            replaced={told["old"]: told["new"]},
        ).follow(GUIDE)
