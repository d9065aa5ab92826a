"""
Hand the lab to tests.

Where it does not run, tests are skipped with the reason; with `WOOL_LAB=1` they fail.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest

from lab import client, images, packages, state
from lab import engine as engines
from lab import prometheus as metrics
from lab import swarm as two_nodes
from lab.client import Engine
from lab.commands import LabError, wait_until

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swarm:
    """A Swarm of two nodes; the first is the manager."""

    node1: Engine
    node2: Engine

    @property
    def addresses(self) -> dict[str, str]:
        """Where this machine reaches the nodes, by name."""
        return two_nodes.ADDRESSES

    def cut(self, name: str) -> None:
        """Pull the cable of the node called *name*."""
        two_nodes.cut(name)

    def mend(self, name: str) -> None:
        """Plug it in again."""
        two_nodes.mend(name)

    def inside(self, name: str) -> list[str]:
        """Return what to put before a command that is to run in the network of node *name*."""
        return two_nodes.inside(name)

    def share(self, image: str, source: Engine) -> None:
        """Give both nodes the *image* that *source* has."""
        for node in (self.node1, self.node2):
            images.share(image, source, node)

    def restart(self, name: str, *, gently: bool = True) -> None:
        """End the engine of the node called *name* and start it again."""
        engines.restart(two_nodes.NODES[name], gently=gently)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """Be the lab's engine, or the one that the machine has."""
    found = _or_missing(lambda: engines.find(state.load()))
    if found is None and not _is_required():
        found = client.of_machine()
    return found or missing("no Docker Engine answers")


@pytest.fixture(scope="session")
def swarm() -> Generator[Swarm]:
    """Be the lab's Swarm; every cable is plugged in again in the end."""
    found = _or_missing(lambda: two_nodes.find(state.load()))
    if not found:
        missing("no Swarm runs")
    yield Swarm(**found)
    for name in found:
        two_nodes.mend(name)


@pytest.fixture(scope="session")
def base_image(engine: Engine) -> Callable[[str], str]:
    """Return the name of the base image with a certain Python: 3.11 or 3.13."""

    def name(python: str) -> str:
        image = images.base(python)
        if engine.label(image, images.LABEL) is None:
            missing(f"the engine has no image {image}")
        return image

    return name


@pytest.fixture(scope="session")
def restart_engine(engine: Engine) -> Callable[[bool], None]:
    """End the lab's own engine, gently or not, and start it again."""
    if engine.docker_host != engines.OWN.docker_host:
        missing("only an engine of the lab may be restarted")

    def restart(gently: bool) -> None:
        engines.restart(engines.OWN, gently=gently)

    return restart


@pytest.fixture
def prometheus(tmp_path: Path) -> Generator[Callable[[str], str]]:
    """Start a Prometheus with a certain configuration; return its address."""
    if not packages.are_there():
        missing("Prometheus is not unpacked")
    with ExitStack() as stack:

        def serve(config: str) -> str:
            port = metrics.free_port()
            log = stack.enter_context((tmp_path / f"prometheus-{port}.log").open("wb"))
            command = metrics.prepare(tmp_path / f"prometheus-{port}", config, port)
            running = stack.enter_context(subprocess.Popen(command, stdout=log, stderr=log))
            stack.callback(running.kill)
            url = f"http://127.0.0.1:{port}"
            wait_until("Prometheus", lambda: metrics.is_ready(url), timeout=metrics.READY)
            return url

        yield serve


def missing(reason: str) -> NoReturn:
    """Skip the test for *reason*, or fail it where the lab is required."""
    told = f"{reason}; `task lab:up` starts the lab, which docs/lab.md describes"
    if _is_required():
        pytest.fail(told, pytrace=False)
    pytest.skip(told)


def _is_required() -> bool:
    return os.environ.get("WOOL_LAB") == "1"


def _or_missing(find: Callable[[], Found]) -> Found:
    try:
        return find()
    except LabError as exc:
        missing(str(exc))
