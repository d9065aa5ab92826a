"""Say to a Docker Engine what a worker's container is, and understand what it says of one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from wool.runtime.worker.docker_options import ContainerOptions
from wool_common.discovery.addresses import joined

Document = Mapping[str, Any]

PROGRAM: Final = "wool-worker"
STDIN_FLAG: Final = "--start-config-stdin"
OWNER_FLAG: Final = "--owner-timeout"

WORKER: Final = "wool.worker"
OWNER: Final = "wool.owner"
CREATED: Final = "wool.created"
TAGS: Final = "wool.tags"
PORT: Final = "wool.port"
NAMESPACE: Final = "wool.namespace"
SECURE: Final = "wool.secure"

STOP_MARGIN: Final = 10
"""What a worker may take beyond its grace before `docker stop` kills it."""

NO_LIMIT: Final = -1

HOST_NETWORK: Final = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who starts a container, and when."""

    owner: str
    created: str


def labels(
    options: ContainerOptions, tags: frozenset[str], origin: Origin, *, secure: bool
) -> dict[str, str]:
    """Return by what the container is found, and told from others."""
    made = {
        WORKER: "true",
        PORT: str(options.port),
        TAGS: ",".join(sorted(tags)),
        SECURE: "true" if secure else "false",
        OWNER: origin.owner,
        CREATED: origin.created,
        **options.labels,
    }
    if options.namespace is not None:
        made[NAMESPACE] = options.namespace
    return made


def creation(
    options: ContainerOptions,
    labels: Mapping[str, str],
    *,
    image: Document,
    grace: float,
    url: str,
) -> dict[str, object]:
    """
    Return what the Engine at *url* is told to create.

    Nothing in it is secret: anybody who may speak to the Engine can read it.
    """
    port = f"{options.port}/tcp"
    command = [STDIN_FLAG]
    if options.owner_timeout is not None:
        command += [OWNER_FLAG, f"{options.owner_timeout:g}"]
    config: Document = image.get("Config") or {}
    if not config.get("Entrypoint"):
        command.insert(0, PROGRAM)
    return {
        "Image": options.image,
        "Cmd": command,
        "Env": [f"{name}={value}" for name, value in options.environment.items()],
        "Labels": dict(labels),
        "ExposedPorts": {port: {}},
        "StopTimeout": math.ceil(grace) + STOP_MARGIN if math.isfinite(grace) else NO_LIMIT,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "OpenStdin": True,
        "StdinOnce": True,
        "HostConfig": _host_config(options, port, url),
    }


def _host_config(options: ContainerOptions, port: str, url: str) -> dict[str, object]:
    config: dict[str, object] = {
        # So that nothing is left where nobody is there any more to remove it.
        "AutoRemove": True,
        "Init": True,
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "Tmpfs": {"/tmp": ""},
        "Mounts": [
            {
                "Type": mount.kind,
                "Source": mount.source,
                "Target": mount.target,
                "ReadOnly": mount.read_only,
            }
            for mount in options.mounts
        ],
    }
    if options.network is not None:
        config["NetworkMode"] = options.network
    if options.cpus is not None:
        config["NanoCpus"] = round(options.cpus * 1e9)
    if options.memory is not None:
        config["Memory"] = config["MemorySwap"] = options.memory
    if options.publish:
        # To this machine alone, where the Engine is on it.
        bound = "127.0.0.1" if _is_here(url) else ""
        config["PortBindings"] = {port: [{"HostIp": bound, "HostPort": ""}]}
    return config


def address(document: Document, options: ContainerOptions, url: str) -> str | None:
    """Return where the worker in a container is dialled; None where there is no way to it."""
    settings: Document = document.get("NetworkSettings") or {}
    if options.publish:
        published: Mapping[str, list[Document] | None] = settings.get("Ports") or {}
        bindings = published.get(f"{options.port}/tcp") or []
        ports = [str(binding["HostPort"]) for binding in bindings if binding.get("HostPort")]
        return joined(engine_host(url), int(ports[0])) if ports else None
    if options.network == HOST_NETWORK:
        return joined(engine_host(url), options.port)
    networks: Mapping[str, Document] = settings.get("Networks") or {}
    for network in networks.values():
        host = str(network.get("IPAddress") or network.get("GlobalIPv6Address") or "")
        if host:
            return joined(host, options.port)
    return None


def engine_host(url: str) -> str:
    """Return the host that the Engine at *url* is on, as this machine reaches it."""
    return "127.0.0.1" if _is_here(url) else urlsplit(url).hostname or "127.0.0.1"


def _is_here(url: str) -> bool:
    return url.startswith(("unix:", "npipe:"))
