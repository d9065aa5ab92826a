"""`wool docker` tells what is left over from what is needed."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from wool.cli.__main__ import main
from wool.cli.docker_containers import Found, prunable, read
from wool.runtime.worker.docker_owner import this_process

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def container(status: str, owner: str, age: float = 1000.0) -> Found:
    """Return a container of which that is known."""
    return Found(
        id="i", name="n", image="m", status=status, owner=owner, tags="", address="", age=age
    )


@pytest.mark.parametrize(
    ("status", "owner", "age", "taken", "taken_with_all"),
    [
        ("exited", "gone", 0.0, True, True),
        ("created", "gone", 0.0, True, True),
        ("running", "gone", 0.0, False, True),
        ("paused", "gone", 0.0, False, True),
        ("created", "alive", 1000.0, False, False),
        ("running", "alive", 1000.0, False, False),
        ("exited", "elsewhere", 1000.0, True, True),
        ("created", "elsewhere", 10.0, False, False),
        ("running", "elsewhere", 1000.0, False, False),
        ("exited", "none", 1000.0, False, False),
    ],
)
def test_only_what_nobody_needs_is_pruned(
    status: str, owner: str, age: float, taken: bool, taken_with_all: bool
) -> None:
    """What belongs to a client that is alive, or to nobody, stays."""
    one = container(status, owner, age)

    assert bool(prunable([one], every=False, older=300.0)) is taken
    assert bool(prunable([one], every=True, older=300.0)) is taken_with_all


def test_a_summary_is_understood() -> None:
    """What the Engine lists is told in the words of workers."""
    created = NOW - timedelta(seconds=30)
    found = read(
        {
            "Id": "0123456789abcdef",
            "Names": ["/wool-1"],
            "Image": "img:1",
            "State": "running",
            "Labels": {
                "wool.owner": this_process(),
                "wool.created": created.isoformat(),
                "wool.port": "50051",
                "wool.tags": "a,b",
            },
            "NetworkSettings": {"Networks": {"net": {"IPAddress": "10.0.0.2"}}},
        },
        NOW,
    )

    assert found.facts() == {
        "id": "0123456789ab",
        "name": "wool-1",
        "image": "img:1",
        "status": "running",
        "owner": "alive",
        "tags": ["a", "b"],
        "address": "10.0.0.2:50051",
        "age": 30.0,
    }


def test_a_published_port_is_the_address() -> None:
    """Containers of others may have no labels but the first."""
    ports = [{"IP": "0.0.0.0", "PrivatePort": 7, "PublicPort": 333}]
    found = read({"Id": "x", "Labels": {"wool.port": "7"}, "Ports": ports, "Created": 0}, NOW)

    assert (found.address, found.owner) == ("0.0.0.0:333", "none")


def test_without_a_port_told_it_is_the_usual_one() -> None:
    """Workers of Compose carry one label, as `docker run --label wool.worker=true` gives."""
    networks = {"net": {"IPAddress": "10.0.0.2"}}
    found = read({"Id": "x", "Labels": {}, "NetworkSettings": {"Networks": networks}}, NOW)

    assert found.address == "10.0.0.2:50051"


def test_an_engine_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """One line says what cannot be reached."""
    assert main(["docker", "ps", "--engine", "unix:///nowhere/docker.sock"]) == 1
    assert "unix:///nowhere/docker.sock cannot be reached" in capsys.readouterr().err


HIDDEN = """
import sys
sys.modules["aiodocker"] = None
import asyncio
import wool
from wool.cli.__main__ import main
from wool.runtime.discovery.docker import DockerDiscovery
from wool.runtime.worker.docker import DockerWorker
import warnings
warnings.simplefilter("ignore")

async def use(what):
    try:
        await what
    except ImportError as exc:
        print(exc)

asyncio.run(use(DockerWorker(image="x").start()))
asyncio.run(use(DockerDiscovery().subscriber.__aenter__()))
print(main(["docker", "ps"]))
"""


def test_a_missing_extra_is_told_at_use() -> None:
    """Everything can be imported without it; whoever needs it names it."""
    command = [sys.executable, "-c", HIDDEN]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.stdout.count("pip install 'wool[docker]'") == 2, done.stderr
    assert done.stderr.count("pip install 'wool[docker]'") == 1
    assert done.stdout.endswith("\n1\n")
