"""The lab is what other tests take it for, and leaves no trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from lab import packages
from lab.client import Engine
from lab.commands import LabError, run, succeeds, wait_until
from lab.fixtures import Swarm, missing
from lab.prometheus import is_ready

pytestmark = pytest.mark.docker

PACKAGE = "structlog"
"""Something small that a build can only have from outside."""

DOCKERFILE = f"""
ARG BASE
FROM $BASE
RUN pip install --no-deps --no-cache-dir {PACKAGE}
"""


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_base_image_has_python(
    engine: Engine, base_image: Callable[[str], str], python: str
) -> None:
    """A container of a base image runs the Python it is named after."""
    said = engine.docker("run", "--rm", base_image(python), "python", "--version")

    assert said.startswith(f"Python {python}.")


@pytest.mark.parametrize("buildkit", ["0", "1"], ids=["classic", "buildkit"])
def test_build_reaches_the_package_index(
    engine: Engine, base_image: Callable[[str], str], buildkit: str, tmp_path: Path
) -> None:
    """A build on the machine's network installs from outside, with either builder."""
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    tag = f"wool-lab-test-build:{buildkit}"
    arguments = f"BASE={base_image('3.13')}"
    builder = Engine(
        docker_host=engine.docker_host,
        environment={**engine.environment, "DOCKER_BUILDKIT": buildkit},
    )

    options = ["--network", "host", "--no-cache", "--build-arg", arguments, "--tag", tag]
    builder.docker("build", *options, tmp_path, timeout=180)

    try:
        assert engine.docker("run", "--rm", tag, "python", "-c", f"import {PACKAGE}") == ""
    finally:
        engine.docker("image", "rm", "--force", tag)


def test_container_is_reached_from_this_machine(
    engine: Engine, base_image: Callable[[str], str]
) -> None:
    """Both the address of a container and a port that it publishes lead to it."""
    serve = ["python", "-m", "http.server", "8000"]
    container = engine.docker("run", "-d", "-p", "127.0.0.1::8000", base_image("3.13"), *serve)
    try:
        form = "{{.NetworkSettings.IPAddress}}"
        address = engine.docker("inspect", "--format", form, container)
        published = engine.docker("port", container, "8000")

        for place in (f"{address}:8000", published):
            wait_until(place, lambda place=place: answers(place), timeout=10)
    finally:
        engine.docker("rm", "--force", container)


def test_compose_and_buildx_are_there(engine: Engine) -> None:
    """Both plugins are of the generation that Compose files are written for."""
    assert engine.docker("compose", "version", "--short").startswith("2.")
    assert "buildx" in engine.docker("buildx", "version")


@pytest.mark.parametrize("gently", [True, False], ids=["stopped", "killed"])
def test_restarted_engine_brings_its_containers_back(
    engine: Engine,
    base_image: Callable[[str], str],
    restart_engine: Callable[[bool], None],
    gently: bool,
) -> None:
    """An engine that is started again has its images, and its containers that are to last."""
    lasting = ["--restart", "always", "--init", base_image("3.13"), "sleep", "infinity"]
    container = engine.docker("run", "--detach", *lasting)
    try:
        restart_engine(gently)

        form = "{{.State.Running}}"
        wait_until(
            "the container",
            lambda: engine.docker("inspect", "--format", form, container) == "true",
            timeout=20,
        )
    finally:
        engine.docker("rm", "--force", container)


def test_service_spreads_over_both_nodes(swarm: Swarm, base_image: Callable[[str], str]) -> None:
    """Two replicas run on two nodes, and a container of the network finds both by name."""
    image = base_image("3.13")
    manager = swarm.node1
    manager.docker("network", "create", "-d", "overlay", "--attachable", "lab-test")
    try:
        options = ["--network", "lab-test", "--replicas", "2", "--endpoint-mode", "dnsrr"]
        options += ["--init", "--no-resolve-image", "--detach", "--name", "lab-pair"]
        manager.docker("service", "create", *options, image, "sleep", "infinity")
        wait_until("two tasks", lambda: len(nodes_of(manager, "lab-pair")) == 2, timeout=60)
        ask = "import socket; print(len(socket.gethostbyname_ex('tasks.lab-pair')[2]))"
        inside = ["run", "--rm", "--network", "lab-test", image, "python", "-c", ask]

        assert nodes_of(manager, "lab-pair") == ["node1", "node2"]
        wait_until("two addresses", lambda: manager.docker(*inside) == "2", timeout=30)
    finally:
        with suppress(LabError):
            manager.docker("service", "rm", "lab-pair")
        remove = ["docker", "network", "rm", "lab-test"]
        wait_until(
            "the end of the network",
            lambda: succeeds(remove, env=manager.environment),
            timeout=30,
        )


def test_node_is_cut_off_and_back(swarm: Swarm) -> None:
    """The cable of a node can be pulled out, and plugged in again."""
    other = swarm.addresses["node2"]
    dial = f"import socket; socket.create_connection(({other!r}, 7946), timeout=1)"
    dialling = [*swarm.inside("node1"), sys.executable, "-c", dial]
    assert succeeds(dialling)

    swarm.cut("node2")
    try:
        assert not succeeds(dialling)
    finally:
        swarm.mend("node2")

    wait_until("node2", lambda: succeeds(dialling), timeout=20)


def test_image_is_shared_with_the_nodes(
    engine: Engine, swarm: Swarm, base_image: Callable[[str], str]
) -> None:
    """What one engine has built can be run by the nodes, which no registry serves."""
    engine.docker("tag", base_image("3.11"), "wool-lab-test-shared")

    swarm.share("wool-lab-test-shared", engine)

    said = swarm.node2.docker("run", "--rm", "wool-lab-test-shared", "python", "--version")
    assert said.startswith("Python 3.11.")
    for each in (engine, swarm.node1, swarm.node2):
        each.docker("image", "rm", "wool-lab-test-shared")


def test_prometheus_serves(prometheus: Callable[[str], str]) -> None:
    """A Prometheus follows the configuration it is given, outside of any container."""
    url = prometheus("global: {scrape_interval: 1s}\n")

    assert is_ready(url)


def test_image_of_prometheus_runs(engine: Engine, base_image: Callable[[str], str]) -> None:
    """The image takes the arguments that the official one takes."""
    assert base_image("3.13")

    said = engine.docker("run", "--rm", "wool-lab-prometheus", "--version")

    assert said.startswith("prometheus, version ")


@pytest.mark.slow
def test_nothing_is_left() -> None:
    """A lab that was started, crashed, started again and ended leaves the machine as it was."""
    if os.geteuid() != 0 or not packages.are_there():
        missing("a second lab needs root, and the programs of the first")
    with tempfile.TemporaryDirectory(prefix="wl-", dir="/tmp") as folder:
        env = {**os.environ, "WOOL_LAB_DIR": f"{folder}/run", "WOOL_LAB": "1"}
        script = Path(__file__).with_name("lone.py")
        command = ["unshare", "--net", "--mount", sys.executable, script]

        said = run(command, env=env, timeout=120).splitlines()[-1]

    seen: dict[str, dict[str, Any]] = json.loads(said)
    assert seen["during"]["processes"] != []
    assert "docker0" in seen["during"]["links"]
    left = {what: now for what, now in seen["after"].items() if now != seen["before"][what]}
    assert left == {what: seen["before"][what] for what in left}


def nodes_of(manager: Engine, service: str) -> list[str]:
    """Return the nodes on which tasks of *service* run."""
    form = "{{.Node}} {{.CurrentState}}"
    lines = manager.docker("service", "ps", "--format", form, service).splitlines()
    return sorted(line.split()[0] for line in lines if line.split()[1] == "Running")


def answers(place: str) -> bool:
    """Tell whether *place* serves over HTTP."""
    ask = f"import urllib.request as u; u.urlopen('http://{place}', timeout=1).read()"
    return (
        subprocess.run([sys.executable, "-c", ask], capture_output=True, check=False).returncode
        == 0
    )
