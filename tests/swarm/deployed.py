"""Put images on the nodes of the Swarm, and services on it."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.client import Engine
from lab.commands import LabError, wait_until
from lab.fixtures import Swarm

ROOT: Final = Path(__file__).resolve().parents[2]

NETWORK: Final = "wool-overlay"
SERVICE: Final = "wool-worker"
DISCOVERY: Final = "wool-discovery"

INDEXES: Final = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX")
LABEL: Final = "wool.worker=true"

CLIENT: Final = """
FROM wool-worker:0.3.0
COPY --from=wool-discovery-docker:swarm /opt/wool /opt/wool
"""
NEXT: Final = """
FROM wool-worker:0.3.0
LABEL com.example.release=next
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """What runs on the nodes; *client* can do what an application does that finds by itself."""

    worker: str = "wool-worker:0.3.0"
    next: str = "wool-worker:next"
    discovery: str = "wool-discovery-docker:swarm"
    client: str = "wool-client:swarm"


def made(swarm: Swarm, engine: Engine, base: str, folder: Path) -> Images:
    """Build the images of this checkout on *engine*, and give them to both nodes by *folder*."""
    images = Images()
    told = [f"BASE={base}", *(index for index in INDEXES if index in os.environ)]
    arguments = [part for one in told for part in ("--build-arg", one)]
    for part, tag in (("worker", images.worker), ("discovery-docker", images.discovery)):
        file = ROOT / f"services/{part}/Dockerfile"
        options = ["--quiet", "--network", "host", *arguments, "--tag", tag, "--file", file]
        engine.docker("build", *options, ROOT, timeout=600)
    for text, tag in ((CLIENT, images.client), (NEXT, images.next)):
        engine.docker("build", "--quiet", "--tag", tag, "-", text=text, timeout=600)
    names = [images.worker, images.discovery, images.client, images.next]
    for node in (swarm.node1, swarm.node2):
        if [_id(node, name) for name in names] != [_id(engine, name) for name in names]:
            _share(engine, node, folder / "images.tar", names)
    return images


@contextmanager
def network(manager: Engine, name: str) -> Generator[None]:
    """Have an overlay that anything may join, until the block is left."""
    manager.docker("network", "create", "--driver", "overlay", "--attachable", *SUBNET, name)
    try:
        yield
    finally:
        wait_until("the network is free", lambda: is_removed(manager, name), timeout=30)


SUBNET: Final = ("--subnet", "10.87.0.0/20")


@contextmanager
def discovery(manager: Engine, image: str) -> Generator[None]:
    """Have the discovery service run on the manager, with its socket."""
    socket = manager.docker_host.removeprefix("unix://")
    mounted = f"type=bind,source={socket},target=/var/run/docker.sock,readonly"
    options = ["--user", "0:0", "--constraint", "node.role==manager", "--mount", mounted]
    told = ["--env", "WOOL_DISCOVERY_INSECURE=yes"]
    with _service(manager, DISCOVERY, *options, *told, image):
        yield


@contextmanager
def workers(manager: Engine, image: str, number: int) -> Generator[None]:
    """Have *number* workers, who take anybody's calls."""
    labels = ["--label", LABEL, "--container-label", LABEL]
    # So a worker is called what its task is.
    told = ["--env", "WOOL_INSECURE=yes", "--env", "WOOL_UID={{.Task.ID}}"]
    updates = ["--update-order", "start-first", "--update-parallelism", "1"]
    ends = ["--stop-grace-period", "60s", "--restart-delay", "500ms"]
    options = ["--replicas", str(number), *labels, *told, *updates, *ends]
    with _service(manager, SERVICE, *options, image):
        yield


@contextmanager
def _service(manager: Engine, name: str, *arguments: str) -> Generator[None]:
    options = ["--quiet", "--detach", "--no-resolve-image", "--endpoint-mode", "dnsrr"]
    attached = ["--network", NETWORK, "--name", name]
    manager.docker("service", "create", *options, *attached, *arguments)
    try:
        yield
    finally:
        manager.docker("service", "rm", name)


def is_removed(manager: Engine, name: str) -> bool:
    """Remove the network called *name*; tell whether it is gone."""
    with suppress(LabError):
        manager.docker("network", "rm", name)
    return name not in manager.docker("network", "ls", "--format", "{{.Name}}").splitlines()


def _share(source: Engine, target: Engine, packed: Path, names: list[str]) -> None:
    try:
        source.docker("save", "--output", packed, *names)
        target.docker("load", "--quiet", "--input", packed)
    finally:
        packed.unlink(missing_ok=True)


def _id(engine: Engine, image: str) -> str:
    form = "{{.Id}}"
    with suppress(LabError):
        return engine.docker("image", "inspect", "--format", form, image)
    return ""
