"""What is promised for a Swarm runs word for word."""

from __future__ import annotations

import json
import textwrap

import pytest
from deployed import NETWORK
from stage import Stage
from steady import SCRIPTS

SCRIPT = SCRIPTS / "swarm_snippets.py"

EXTERNAL = """\
# External: discover all tasks of a Swarm service by its service name label
async with WorkerPool(
    discovery=DockerDiscovery(
        network="wool-overlay",
        labels={"com.docker.swarm.service.name": "wool-worker"},
    ).subscriber,
):
    await some_routine()
"""

HYBRID = """\
# Hybrid: discover Swarm-managed tasks AND spawn ephemeral burst containers
async with WorkerPool(
    size=4,
    worker=lambda *tags, **kw: DockerWorker(*tags, image="wool-worker:0.3.0", network="wool-overlay", **kw),
    discovery=DockerDiscovery(
        network="wool-overlay",
        labels={"wool.worker": "true"},
    ),
):
    await some_routine()
"""

PROMISED = {"external": EXTERNAL, "hybrid": HYBRID}
BURST = {"external": 0, "hybrid": 4}
"""How many containers of its own a pool has."""


@pytest.mark.docker
@pytest.mark.parametrize("name", PROMISED)
def test_snippet_uses_the_workers_of_both_nodes(stage: Stage, name: str) -> None:
    """Calls, and calls made by these, reach every task and every container for a burst."""
    tasks = {task.container[:12] for task in stage.spread(2).values()}
    engine = stage.manager
    socket = f"{engine.docker_host.removeprefix('unix://')}:/var/run/docker.sock"
    mounted = ("--volume", f"{SCRIPTS}:/app:ro", "--volume", socket, "--user", "0")
    options = (*mounted, "--network", NETWORK, "--entrypoint", "python", "wool-client:swarm")

    said = engine.docker("run", "--rm", *options, "/app/swarm_snippets.py", name, "2", timeout=60)

    callers, called = map(set, json.loads(said))
    assert callers == called
    assert tasks <= callers
    assert len(callers - tasks) == BURST[name]
    assert engine.docker("ps", "--all", "--quiet", "--filter", "label=wool.owner") == ""


@pytest.mark.parametrize("name", PROMISED)
def test_swarm_snippet_stands_verbatim_in_the_script(name: str) -> None:
    """The script holds the snippet word for word, indented; so it is executed."""
    assert f"\n{textwrap.indent(PROMISED[name], '    ')}" in SCRIPT.read_text()
