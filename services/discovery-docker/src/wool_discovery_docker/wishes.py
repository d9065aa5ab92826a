"""Decide which workers somebody asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from wool_common.discovery.addresses import joined
from wool_common.metadata import WorkerMetadata
from wool_discovery_docker.containers import Container, carries, on_network

WORKER_LABEL: Final = "wool.worker"

BASE: Final[Mapping[str, str]] = {WORKER_LABEL: "true"}
"""The labels that containers of workers carry, unless the program is told others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which workers somebody asks for; what is empty does not restrict."""

    network: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    namespace: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One worker as one source has found it; *container* where it runs in one."""

    source: str
    worker: WorkerMetadata
    namespace: str = ""
    container: Container | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: BASE)


def reaches_beyond(wish: Wish, base: Mapping[str, str]) -> bool:
    """Tell whether *wish* may be for containers that do not carry the labels *base*."""
    return bool(wish.labels) and not carries(dict(wish.labels), base)


def shown(entry: Entry, wish: Wish, base: Mapping[str, str]) -> WorkerMetadata | None:
    """
    Return the worker of *entry* as *wish* can reach it, None where it is not asked for.

    A wish for no labels is one for those containers that carry *base*.
    """
    worker, container = entry.worker, entry.container
    labels = entry.labels if container is None else container.labels
    wanted = dict(wish.labels) or ({} if container is None else base)
    if not carries({**worker.extra, **labels}, wanted):
        return None
    if wish.namespace and wish.namespace != entry.namespace:
        return None
    if wish.tags and not wish.tags & worker.tags:
        return None
    if not wish.network:
        return worker
    attachment = None if container is None else on_network(container, wish.network)
    if container is None or attachment is None or not attachment.addresses:
        return None
    return replace(worker, address=_on(attachment.addresses, container.port, worker.address))


def _on(addresses: tuple[str, ...], port: int, known: str) -> str:
    """Return where to dial; of several addresses the one that is *known* to answer."""
    ways = [joined(address, port) for address in addresses]
    return known if known in ways else ways[0]
