"""Read what a Swarm manager says about the tasks of services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from wool_discovery_docker.containers import Attachment, Container, Document

SERVICE_LABEL = "com.docker.swarm.service.name"
TASK_LABEL = "com.docker.swarm.task.id"

RUNNING = "running"


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
