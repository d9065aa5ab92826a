"""Tell host and port of an address apart, as traces want them."""

from __future__ import annotations


def host_and_port(address: str) -> tuple[str, int | None]:
    """Return the host or the socket's path of *address*, and the port where it has one."""
    if address.startswith("unix:"):
        return address.removeprefix("unix:"), None
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal():
        return address, None
    return host.strip("[]"), int(port)
