"""Make what looks for workers from what was said on the command line."""

from __future__ import annotations

from wool.cli.options import (
    DEFAULT_ADDRESS,
    DNS_PORT,
    DOCKER_SECONDS,
    LAN_SECONDS,
    LOCAL_SECONDS,
    Where,
)
from wool.cli.sources import Fixed, Named, Source, Subscribed
from wool_common.discovery.addresses import checked_host, checked_port


def sources_of(where: Where) -> list[Source]:
    """
    Return what knows the workers that are *where* was said.

    Raises:
        TypeError, ValueError: an address, a name or a namespace cannot be one.
    """
    found: list[Source] = [Named(*name_and_port(name)) for name in where.dns]
    if where.static or where.is_default:
        found.append(Fixed(where.static or (DEFAULT_ADDRESS,)))
    for namespace in where.local:
        from wool.runtime.discovery.local import LocalDiscovery

        local = LocalDiscovery(namespace)
        found.append(Subscribed(f"local:{namespace}", local, patience=LOCAL_SECONDS))
    if where.lan is not None:
        from wool.runtime.discovery.lan import LanDiscovery

        name = f"lan:{where.lan}" if where.lan else "lan"
        found.append(Subscribed(name, LanDiscovery(where.lan or None), patience=LAN_SECONDS))
    if where.docker is not None:
        from wool.runtime.discovery.docker import DockerDiscovery

        docker = DockerDiscovery(address=where.docker or None, credentials=where.credentials)
        found.append(Subscribed("docker", docker, patience=DOCKER_SECONDS))
    return found


def name_and_port(text: str) -> tuple[str, int]:
    """
    Return the name and the port in *text*, `name` or `name:port`.

    Raises:
        ValueError: it is neither.
    """
    host, colon, port = text.partition(":")
    if colon and not port.isdecimal():
        raise ValueError(f"--dns: {text!r} is not NAME or NAME:PORT")
    return checked_host("--dns", host), checked_port("--dns", int(port) if colon else DNS_PORT)
