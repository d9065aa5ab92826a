"""What tests on a Swarm share: images on its nodes, a network, workers, and clients that call."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack

import pytest
from deployed import DISCOVERY, NETWORK, SERVICE, Images, discovery, made, network, workers
from followed import following
from lab.client import Engine
from lab.fixtures import Swarm, base_image, engine, swarm
from stage import Moments, Stage
from steady import calling

__all__ = ["base_image", "engine", "swarm"]

EVENTS = ("kill", "die", "health_status")

measured: list[str] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    if measured:
        terminalreporter.section("measured on the Swarm")
        for line in measured:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def measure() -> Callable[[str], None]:
    """Have a line printed in the end."""
    return measured.append


@pytest.fixture(scope="session")
def images(
    swarm: Swarm,
    engine: Engine,
    base_image: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Images:
    """Be the images of this checkout, on both nodes."""
    return made(swarm, engine, base_image("3.11"), tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="session")
def serving(swarm: Swarm, images: Images) -> Generator[Images]:
    """Have two workers, and discovery on the manager, on a network of both nodes."""
    with ExitStack() as stack:
        stack.enter_context(network(swarm.node1, NETWORK))
        stack.enter_context(discovery(swarm.node1, images.discovery))
        stack.enter_context(workers(swarm.node1, images.worker, 2))
        yield images


@pytest.fixture(scope="session")
def stage(
    swarm: Swarm, serving: Images, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Stage]:
    """Be the workers, with two clients that use them all the time."""
    folder = tmp_path_factory.mktemp("said")
    with ExitStack() as stack:
        nodes = {"node1": swarm.node1, "node2": swarm.node2}
        moments = Moments(
            said=[
                stack.enter_context(following(engine, folder / name, *_events()))
                for name, engine in nodes.items()
            ]
        )
        clients = [
            stack.enter_context(calling(swarm.node1, folder, serving.worker, NETWORK, place))
            for place in (f"docker:{DISCOVERY}:50052", f"dns:tasks.{SERVICE}")
        ]
        form = "{{.Swarm.NodeID}}"
        names = {engine.docker("info", "--format", form): name for name, engine in nodes.items()}
        made = Stage(
            swarm=swarm, service=SERVICE, clients=clients, moments=moments, node_names=names
        )
        made.settle(2)
        made.connect()
        yield made
        made.check_losses()


def _events() -> list[str]:
    filters = [part for event in EVENTS for part in ("--filter", f"event={event}")]
    return ["events", "--filter", "type=container", *filters, "--format", "{{json .}}"]
