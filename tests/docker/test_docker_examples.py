"""The examples with containers run as readers would run them."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lab.client import Engine

EXAMPLES = Path(__file__).resolve().parents[2] / "examples/docker"
FILES = sorted(EXAMPLES.glob("[0-9][0-9]_*.py"))
NEEDED = {"02_external": 2, "03_hybrid": 2}
"""How many workers an example expects to be there already."""

EPHEMERAL = """\
# Ephemeral: spawn containers via DockerWorker, discover via default wool label
async with WorkerPool(
    size=8,
    worker=lambda *tags, **kw: DockerWorker(*tags, image="wool-worker:0.3.0", network="wool", **kw),
    discovery=DockerDiscovery(network="wool"),
):
    await some_routine()
"""

EXTERNAL = """\
# External: discover containers managed by Compose
async with WorkerPool(discovery=DockerDiscovery(network="wool").subscriber):
    await some_routine()
"""

PROMISED = {"01_containers": EPHEMERAL, "02_external": EXTERNAL}


@contextmanager
def running(engine: Engine, image: str, count: int) -> Generator[None]:
    """Have *count* workers run that belong to nobody here."""
    options = ["--label", "wool.worker=true", "--env", "WOOL_INSECURE=yes", "--network", "wool"]
    ids = [engine.docker("run", "--detach", *options, image) for _ in range(count)]
    try:
        yield
    finally:
        if ids:
            engine.docker("rm", "--force", *ids)


@pytest.mark.docker
@pytest.mark.parametrize("example", FILES, ids=lambda file: file.stem)
def test_docker_example_prints_what_is_expected(
    example: Path,
    engine: Engine,
    worker_image: str,
    network: str,
    spawned: Callable[[], list[str]],
    tmp_path: Path,
) -> None:
    """An example ends well, warns of nothing and prints what its readers are told."""
    assert (worker_image, network) == ("wool-worker:0.3.0", "wool")

    with running(engine, worker_image, NEEDED.get(example.stem, 0)):
        done = subprocess.run(
            [sys.executable, "-W", "error", example],
            cwd=tmp_path,
            # gRPC tells of connections that end while the machine is busy.
            env={**engine.environment, "GRPC_VERBOSITY": "NONE"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    expected = (EXAMPLES / "expected" / f"{example.stem}.txt").read_text()
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")
    assert spawned() == []


@pytest.mark.parametrize("name", PROMISED)
def test_docker_snippet_stands_verbatim_in_an_example(name: str) -> None:
    """The example holds the snippet word for word, indented; so it is executed."""
    text = (EXAMPLES / f"{name}.py").read_text()

    assert f"\n{textwrap.indent(PROMISED[name], '    ')}" in text
