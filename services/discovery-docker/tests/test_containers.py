"""What an Engine says about containers and tasks, and where their workers may be reached."""

from __future__ import annotations

import pytest
from fake_engine import Document, container

from wool_discovery_docker.containers import addresses, carries, on_network, read_container
from wool_discovery_docker.swarm import merged, read_tasks

LABELS = {"wool.worker": "true"}
PUBLISHED = {"50051/tcp": [{"HostIp": "0.0.0.0", "HostPort": "32768"}]}


def test_each_network_is_a_way_to_the_worker() -> None:
    """A container on two networks has an address on each."""
    found = read_container(container("a", networks={"front": "10.0.0.2", "back": "10.1.0.2"}))

    assert addresses(found, "localhost") == ("10.0.0.2:50051", "10.1.0.2:50051")


def test_an_address_of_ipv6_alone_is_enough() -> None:
    """IPv6 addresses stand in brackets."""
    found = read_container(container("a", networks={"six": "fd00::2"}))

    assert addresses(found, "localhost") == ("[fd00::2]:50051",)


def test_the_network_of_the_host_is_reached_at_the_host() -> None:
    """A container without a network of its own listens on the Engine's machine."""
    labels = {**LABELS, "wool.port": "6000"}
    found = read_container(container("a", labels=labels, network_mode="host"))

    assert addresses(found, "engine.example") == ("engine.example:6000",)


def test_a_published_port_is_tried_last() -> None:
    """Where the container's own address cannot be reached, the host's port may be."""
    found = read_container(container("a", networks={"wool": "10.0.0.2"}, ports=PUBLISHED))

    assert addresses(found, "engine.example") == ("10.0.0.2:50051", "engine.example:32768")


@pytest.mark.parametrize("label", ["", "0", "65536", "http", "-1"])
def test_a_wrong_port_in_the_label_is_the_usual_one(label: str) -> None:
    """A label that names no port does not keep a worker from being asked."""
    found = read_container(container("a", labels={**LABELS, "wool.port": label}))

    assert found.port == 50051


@pytest.mark.parametrize("wanted", ["shop_wool", "wool", "shop_wool-id"])
def test_a_network_is_known_by_several_names(wanted: str) -> None:
    """By its name, its id, and without the project that Compose puts before it."""
    labels = {**LABELS, "com.docker.compose.project": "shop"}
    found = read_container(
        container("a", labels=labels, networks={"shop_wool": "10.0.0.2", "other": "10.1.0.2"})
    )

    attachment = on_network(found, wanted)

    assert attachment is not None
    assert attachment.addresses == ("10.0.0.2",)


def test_a_network_of_another_project_is_another_one() -> None:
    """The short name means the container's own project."""
    labels = {**LABELS, "com.docker.compose.project": "shop"}
    found = read_container(container("a", labels=labels, networks={"bank_wool": "10.0.0.2"}))

    assert on_network(found, "wool") is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, ""),
        ({"health": "healthy"}, ""),
        ({"health": "none"}, ""),
        ({"health": "starting"}, "the container's health check says starting"),
        ({"health": "unhealthy"}, "the container's health check says unhealthy"),
        ({"status": "paused"}, "the container is paused"),
        ({"status": "exited"}, "the container is exited"),
        ({"status": "created"}, "the container is created"),
    ],
)
def test_what_speaks_against_a_container_is_told(given: dict[str, str], problem: str) -> None:
    """Only a running, healthy container may hold a usable worker."""
    assert read_container(container("a", **given)).problem == problem  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(("streak", "is_sick"), [(0, False), (1, True), (3, True)])
def test_a_pause_that_is_over_is_no_sickness(streak: int, is_sick: bool) -> None:
    """The Engine calls a paused container unhealthy, and goes on to until the next check."""
    document = container("a", health="unhealthy")
    document["State"]["Health"]["FailingStreak"] = streak

    assert bool(read_container(document).problem) == is_sick


@pytest.mark.parametrize(
    ("labels", "wanted", "carried"),
    [
        ({"a": "1", "b": "2"}, {"a": "1"}, True),
        ({"a": "1"}, {"a": "2"}, False),
        ({"a": "1"}, {"a": ""}, True),
        ({}, {"a": "1"}, False),
        ({}, {}, True),
    ],
)
def test_labels_are_compared_as_the_engine_does(
    labels: dict[str, str], wanted: dict[str, str], carried: bool
) -> None:
    """Each wanted label must be there; one without value may have any."""
    assert carries(labels, wanted) is carried


def task(id: str, *, container: str, state: str = "running", node: str = "n2") -> Document:
    """Return what a manager answers about one task."""
    return {
        "ID": id,
        "ServiceID": "s",
        "NodeID": node,
        "Slot": 1,
        "Status": {"State": state, "ContainerStatus": {"ContainerID": container}},
        "Spec": {"ContainerSpec": {"Labels": {"from": "container"}}},
        "NetworksAttachments": [
            {"Network": {"ID": "i", "Spec": {"Name": "ingress"}}, "Addresses": ["10.255.0.5/16"]},
            {"Network": {"ID": "w", "Spec": {"Name": "wool"}}, "Addresses": ["10.0.1.5/24"]},
        ],
    }


SERVICE: Document = {"ID": "s", "Spec": {"Name": "worker", "Labels": LABELS}}


def test_a_task_of_another_node_is_a_container_one_cannot_inspect() -> None:
    """Its labels are those of service, container and Engine; the mesh is no way to it."""
    (found,) = read_tasks([task("t", container="c")], [SERVICE])

    assert found.id == "c"
    assert found.labels == {
        "wool.worker": "true",
        "from": "container",
        "com.docker.swarm.service.name": "worker",
        "com.docker.swarm.task.id": "t",
    }
    assert addresses(found, "localhost") == ("10.0.1.5:50051",)


def test_a_task_that_does_not_run_yet_is_not_usable() -> None:
    """With a health check, a task runs only once it has passed."""
    (found,) = read_tasks([task("t", container="", state="starting")], [SERVICE])

    assert found.problem == "the task is starting"


def test_a_task_of_this_node_is_told_of_once() -> None:
    """The container says more than the task; the service's labels are added."""
    labels = {"com.docker.swarm.task.id": "t", "mine": "yes"}
    here = read_container(container("c", labels=labels, networks={"wool": "10.0.1.5"}))
    tasks = {
        t.labels["com.docker.swarm.task.id"]: t
        for t in read_tasks([task("t", container="c")], [SERVICE])
    }

    (found,) = merged([here], tasks, "n2")

    assert found.source == "swarm"
    assert found.attachments == here.attachments
    assert found.labels["wool.worker"] == "true"
    assert found.labels["mine"] == "yes"
