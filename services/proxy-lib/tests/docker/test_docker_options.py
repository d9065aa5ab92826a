"""What is said of a container is checked, and told to the Engine as meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wool.runtime.worker import docker_document as documents
from wool.runtime.worker.docker import DockerWorker
from wool.runtime.worker.docker_options import ContainerOptions, Mount, checked_options

DEFAULTS: dict[str, object] = {
    "image": "img:1",
    "network": None,
    "port": 50051,
    "environment": None,
    "volumes": None,
    "cpus": None,
    "memory": None,
    "publish": False,
    "namespace": None,
    "labels": None,
    "owner_timeout": 60.0,
}

HERE = "unix:///var/run/docker.sock"
THERE = "tcp://10.0.0.9:2375"
ORIGIN = documents.Origin(owner="me", created="now")


def options(**given: object) -> ContainerOptions:
    """Return what was given, and the defaults."""
    return checked_options(**{**DEFAULTS, **given})  # pyright: ignore[reportArgumentType]


def creation(wanted: ContainerOptions, url: str = HERE, **image: object) -> dict[str, Any]:
    """Return what the Engine is told."""
    marks = documents.labels(wanted, frozenset({"b", "a"}), ORIGIN, secure=True)
    entry = {"Config": {"Entrypoint": ["wool-worker"], **image}}
    return documents.creation(wanted, marks, image=entry, grace=60.0, url=url)


@pytest.mark.parametrize(
    ("argument", "value", "words"),
    [
        ("image", "", "image must not be empty"),
        ("image", 3, "image must be a string"),
        ("network", "", "network must not be empty"),
        ("port", 0, "port must be from 1"),
        ("port", True, "port is a whole number"),
        ("environment", ["A=1"], "environment must be a mapping"),
        ("environment", {"KEY": 1}, r"environment\['KEY'\] must be a string"),
        ("volumes", "a:/b", "volumes must be a list"),
        ("volumes", ["a"], "must look like host:/container"),
        ("volumes", ["a:b"], "must look like host:/container"),
        ("volumes", ["a:/b:x"], "must look like host:/container"),
        ("cpus", 0, "cpus must be 0.01 or more"),
        ("cpus", "2", "cpus is a number"),
        ("memory", "lots", "memory must be a number of bytes"),
        ("memory", "1k", "memory must be 6m or more"),
        ("memory", 1.5, "memory is a number of bytes"),
        ("publish", 1, "publish must be True or False"),
        ("labels", {"wool.owner": "x"}, "labels: those that begin with wool."),
        ("owner_timeout", 0, "owner_timeout must be above 0"),
        ("start_timeout", "x", "start_timeout is a number"),
        ("shutdown_grace_period", -1.0, "shutdown_grace_period must not be negative"),
        ("backpressure", 3, "backpressure must be callable"),
        ("credentials", "x", "credentials must be"),
    ],
)
@pytest.mark.filterwarnings("ignore::wool.InsecureWorkerWarning")
def test_a_wrong_argument_is_named(argument: str, value: object, words: str) -> None:
    """The error says which argument is wrong, and how, at construction."""
    given: dict[str, Any] = {"image": "img", argument: value}
    with pytest.raises((TypeError, ValueError), match=words):
        DockerWorker(**given)


def test_what_is_secret_is_not_shown() -> None:
    """A value of the environment that is no text is not repeated."""
    with pytest.raises(TypeError) as caught:
        options(environment={"TOKEN": b"hunter2"})

    assert "hunter2" not in str(caught.value)


def test_volumes_are_paths_and_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Paths become absolute, names stay; a mapping says the same as a list."""
    monkeypatch.chdir(tmp_path)
    bound = Mount(source=str(tmp_path / "src"), target="/app", read_only=True)
    named = Mount(source="cache", target="/c")

    assert options(volumes=["./src:/app:ro", "cache:/c"]).mounts == (bound, named)
    assert options(volumes={"./src": "/app:ro", "cache": "/c"}).mounts == (bound, named)
    assert [mount.kind for mount in (bound, named)] == ["bind", "volume"]


@pytest.mark.parametrize(
    ("memory", "size"),
    [("512m", 512 << 20), ("1.5G", 3 << 29), ("8000000", 8_000_000), (7 << 20, 7 << 20)],
)
def test_memory_is_a_size(memory: object, size: int) -> None:
    """Sizes are what Docker's own flags take."""
    assert options(memory=memory).memory == size


def test_a_container_is_confined() -> None:
    """Nothing of the host is its own, and it goes by itself."""
    config = creation(options(network="net", cpus=1.5, memory="64m"))
    host = config["HostConfig"]

    assert config["Cmd"] == ["--start-config-stdin", "--owner-timeout", "60"]
    assert (config["OpenStdin"], config["StdinOnce"]) == (True, True)
    assert config["StopTimeout"] == 70
    assert host["NetworkMode"] == "net"
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["ReadonlyRootfs"]
    assert host["AutoRemove"]
    assert host["Init"]
    assert (host["NanoCpus"], host["Memory"], host["MemorySwap"]) == (1.5e9, 64 << 20, 64 << 20)
    assert "PortBindings" not in host


def test_a_container_can_be_told_from_others() -> None:
    """Its labels say what is known before it runs."""
    config = creation(options(namespace="blue", labels={"team": "render"}, port=6000))

    assert config["Labels"] == {
        "wool.worker": "true",
        "wool.port": "6000",
        "wool.tags": "a,b",
        "wool.secure": "true",
        "wool.owner": "me",
        "wool.created": "now",
        "wool.namespace": "blue",
        "team": "render",
    }


def test_an_image_without_an_entry_point_runs_the_program() -> None:
    """A user's image need not know of the worker's flags."""
    config = creation(options(owner_timeout=None), Entrypoint=None)

    assert config["Cmd"] == ["wool-worker", "--start-config-stdin"]


@pytest.mark.parametrize(("url", "bound"), [(HERE, "127.0.0.1"), (THERE, "")])
def test_a_port_is_published_no_further_than_needed(url: str, bound: str) -> None:
    """An Engine on this machine publishes to this machine alone."""
    config = creation(options(publish=True), url)

    bindings = config["HostConfig"]["PortBindings"]
    assert bindings == {"50051/tcp": [{"HostIp": bound, "HostPort": ""}]}


@pytest.mark.parametrize(
    ("settings", "given", "url", "address"),
    [
        ({"Networks": {"n": {"IPAddress": "10.1.2.3"}}}, {}, HERE, "10.1.2.3:50051"),
        ({"Networks": {"n": {"GlobalIPv6Address": "fd00::3"}}}, {}, HERE, "[fd00::3]:50051"),
        ({"Networks": {"n": {"IPAddress": ""}}}, {}, HERE, None),
        ({"Networks": None}, {}, HERE, None),
        ({}, {"network": "host"}, HERE, "127.0.0.1:50051"),
        (
            {"Ports": {"50051/tcp": [{"HostIp": "x", "HostPort": "333"}]}},
            {"publish": True},
            THERE,
            "10.0.0.9:333",
        ),
        ({"Ports": {"50051/tcp": None}}, {"publish": True}, HERE, None),
    ],
)
def test_the_address_is_where_clients_reach_it(
    settings: dict[str, object], given: dict[str, object], url: str, address: str | None
) -> None:
    """It is the container's own, or the published one."""
    document = {"NetworkSettings": settings}

    assert documents.address(document, options(**given), url) == address
