"""Read what an Engine says about a container, and decide whether a worker can be in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from wool_common.discovery.addresses import DEFAULT_PORT, joined

Document: TypeAlias = Mapping[str, Any]

PORT_LABEL: Final = "wool.port"
NAMESPACE_LABEL: Final = "wool.namespace"
PROJECT_LABEL: Final = "com.docker.compose.project"

HEALTHY: Final = frozenset({"", "none", "healthy"})
"""States of a health check that do not speak against a container; most have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One network a container is on, with its addresses there."""

    name: str
    id: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """
    A container, or a Swarm task, at one moment.

    *began* tells one run of it from the next. *problem* is why no worker in it can be
    used now, empty where one can. *on_host* tells that it shares the host's network;
    *published* are the host's ports, each with the address it is bound to, that lead to
    its worker. *node* is where a task of a Swarm runs.
    """

    id: str
    name: str
    labels: Mapping[str, str]
    began: str
    problem: str
    attachments: tuple[Attachment, ...]
    on_host: bool = False
    published: tuple[tuple[str, int], ...] = ()
    source: str = "docker"
    node: str = ""

    @property
    def port(self) -> int:
        """The port the worker listens on, as the label says."""
        text = self.labels.get(PORT_LABEL, "")
        return int(text) if text.isdecimal() and 0 < int(text) < 65536 else DEFAULT_PORT

    @property
    def namespace(self) -> str:
        """The namespace the worker belongs to, as the label says."""
        return self.labels.get(NAMESPACE_LABEL, "")


def read_container(document: Document) -> Container:
    """Return the container that *document*, the answer to an inspection, describes."""
    config: Document = document.get("Config") or {}
    state: Document = document.get("State") or {}
    labels: Mapping[str, str] = config.get("Labels") or {}
    settings: Document = document.get("NetworkSettings") or {}
    host: Document = document.get("HostConfig") or {}
    container = Container(
        id=str(document.get("Id", "")),
        name=str(document.get("Name", "")).removeprefix("/"),
        labels=labels,
        began=str(state.get("StartedAt", "")),
        problem=_problem(state),
        attachments=tuple(_attachments(settings.get("Networks") or {})),
        on_host=host.get("NetworkMode") == "host",
    )
    published = _published(settings.get("Ports") or {}, container.port)
    return replace(container, published=tuple(published))


def carries(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Tell whether *labels* hold every one of *wanted*; an empty value wants only the name."""
    return all(k in labels and (not v or labels[k] == v) for k, v in wanted.items())


def on_network(container: Container, network: str) -> Attachment | None:
    """
    Return the attachment to *network*: its name, its id or the beginning of that.

    Compose puts a project's name before those of its networks; they are known without it.
    """
    project = container.labels.get(PROJECT_LABEL)
    for attachment in container.attachments:
        if network in (attachment.name, attachment.id):
            return attachment
        if len(network) >= 12 and attachment.id.startswith(network):
            return attachment
        if project and attachment.name == f"{project}_{network}":
            return attachment
    return None


def narrowed(container: Container, network: str) -> Container | None:
    """Return *container* as it is on *network* alone, None where it is not on it."""
    attachment = on_network(container, network)
    if attachment is None:
        return None
    return replace(container, attachments=(attachment,), on_host=False, published=())


def engine_host(url: str) -> str:
    """Return the host on which the Engine at *url* runs, as this process reaches it."""
    return urlsplit(url).hostname or "localhost"


def addresses(container: Container, engine_host: str) -> tuple[str, ...]:
    """Return where the worker may be reached, the likeliest first."""
    port = container.port
    if container.on_host:
        return (joined(engine_host, port),)
    inside = [joined(a, port) for n in container.attachments for a in n.addresses]
    outside = [
        joined(engine_host if bound in ("", "0.0.0.0", "::") else bound, mapped)
        for bound, mapped in container.published
    ]
    return tuple(dict.fromkeys([*inside, *outside]))


def _problem(state: Document) -> str:
    if state.get("Paused"):
        return "the container is paused"
    if not state.get("Running") or state.get("Restarting"):
        return f"the container is {state.get('Status') or 'not running'}"
    health: Document = state.get("Health") or {}
    status = str(health.get("Status", ""))
    if status == "unhealthy" and health.get("FailingStreak") == 0:
        return ""  # what has been paused is called so until its next check, seconds later
    return "" if status in HEALTHY else f"the container's health check says {status}"


def _attachments(networks: Mapping[str, Document]) -> Iterator[Attachment]:
    for name, network in networks.items():
        found = (network.get("IPAddress"), network.get("GlobalIPv6Address"))
        yield Attachment(
            name=name,
            id=str(network.get("NetworkID") or ""),
            addresses=tuple(str(address) for address in found if address),
        )


def _published(
    ports: Mapping[str, Sequence[Document] | None], port: int
) -> Iterator[tuple[str, int]]:
    for binding in ports.get(f"{port}/tcp") or ():
        mapped = str(binding.get("HostPort", ""))
        if mapped.isdecimal():
            yield str(binding.get("HostIp", "")), int(mapped)
