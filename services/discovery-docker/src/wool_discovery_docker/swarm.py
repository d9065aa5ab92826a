"""Read what a Swarm manager says about the tasks of services."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from wool_common.engine import Engine
from wool_common.errors import DockerRefused
from wool_discovery_docker.containers import Attachment, Container, Document

SERVICE_LABEL: Final = "com.docker.swarm.service.name"
TASK_LABEL: Final = "com.docker.swarm.task.id"

RUNNING: Final = "running"

KEPT_FROM_US: Final = frozenset({401, 403, 404, 503})
"""What a proxy answers to what it was not told to let through, and an Engine without a Swarm."""


def read_tasks(tasks: Iterable[Document], services: Iterable[Document]) -> Iterator[Container]:
    """
    Yield the tasks as if they were containers of this node.

    They carry the labels of their service and of its containers, with those the Engine
    itself gives to the containers; what a manager does not tell of, such as a health
    check, is left to the worker's own answer: a task that has one is running only once it
    has passed.
    """
    known = {str(service.get("ID", "")): service for service in services}
    for task in tasks:
        service = known.get(str(task.get("ServiceID", "")), {})
        yield _read(task, service.get("Spec") or {})


def task_of(container: Container) -> str:
    """Return the id of the Swarm task that *container* was started for, empty where none was."""
    return container.labels.get(TASK_LABEL, "")


def merged(
    local: Iterable[Container], tasks: Mapping[str, Container], node: str
) -> list[Container]:
    """
    Return the containers of this *node* with the tasks of the others.

    Of what runs here the Engine itself knows more, and sooner.
    """
    here = [merge(container, tasks.get(task_of(container))) for container in local]
    return [*here, *(task for task in tasks.values() if task.node != node)]


def merge(container: Container, task: Container | None) -> Container:
    """Return *container* with the labels of the service that *task* belongs to."""
    if task is None:
        return container
    return replace(container, labels={**task.labels, **container.labels}, source="swarm")


async def managed_node(engine: Engine) -> str:
    """Return the id of this node where it manages a Swarm, else nothing."""
    try:
        swarm: Document = (await engine.info()).get("Swarm") or {}
    except DockerRefused as exc:
        if exc.status in KEPT_FROM_US:
            return ""
        raise
    return str(swarm.get("NodeID") or "") if swarm.get("ControlAvailable") else ""


async def tasks_wanted(
    engine: Engine, is_wanted: Callable[[Mapping[str, str]], bool]
) -> dict[str, Container]:
    """Return the tasks whose labels are wanted; none where a proxy keeps them from us."""
    try:
        services, tasks = await engine.services({}), await engine.tasks({})
    except DockerRefused as exc:
        if exc.status in KEPT_FROM_US:
            return {}
        raise
    found = {task_of(task): task for task in read_tasks(tasks, services)}
    return {key: task for key, task in found.items() if is_wanted(task.labels)}


def _read(task: Document, service: Document) -> Container:
    status: Document = task.get("Status") or {}
    spec: Document = task.get("Spec") or {}
    inner: Document = spec.get("ContainerSpec") or {}
    inside: Document = status.get("ContainerStatus") or {}
    state = str(status.get("State", ""))
    name = str(service.get("Name", ""))
    labels: Mapping[str, str] = {
        **(service.get("Labels") or {}),
        **(inner.get("Labels") or {}),
        SERVICE_LABEL: name,
        TASK_LABEL: str(task.get("ID", "")),
    }
    return Container(
        id=str(inside.get("ContainerID") or task.get("ID", "")),
        name=f"{name}.{task.get('Slot') or task.get('NodeID', '')}",
        labels=labels,
        began=str(inside.get("ContainerID", "")),
        problem="" if state == RUNNING else f"the task is {state or 'not scheduled'}",
        attachments=tuple(_attachments(task.get("NetworksAttachments") or ())),
        source="swarm",
        node=str(task.get("NodeID", "")),
    )


def _attachments(networks: Iterable[Document]) -> Iterator[Attachment]:
    for network in networks:
        about: Document = network.get("Network") or {}
        spec: Document = about.get("Spec") or {}
        name = str(spec.get("Name", ""))
        if name == "ingress":
            continue  # the mesh, in which workers are not reached one by one
        addresses = tuple(str(a).partition("/")[0] for a in network.get("Addresses") or ())
        yield Attachment(name=name, id=str(about.get("ID", "")), addresses=addresses)
