"""Notice that a network which is asked for may be meant otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from wool_discovery_docker.containers import Container, on_network


def doubts(network: str, containers: Iterable[Container]) -> tuple[str, ...]:
    """
    Return the networks that *network* may mean, empty where it is clear.

    It is where a network has that very name or id. Otherwise it is short for what Compose
    has put a project's name before: doubtful where there are several of those, or where
    none of their containers belongs to a project.
    """
    longer: set[str] = set()
    is_known = False
    for container in containers:
        attachment = on_network(container, network)
        if attachment is not None:
            is_known = True
            if not attachment.name.endswith(f"_{network}"):
                return ()
        longer.update(a.name for a in container.attachments if a.name.endswith(f"_{network}"))
    return () if is_known and len(longer) == 1 else tuple(sorted(longer))
