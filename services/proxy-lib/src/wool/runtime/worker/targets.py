"""Tell whether an address can be dialled."""

from __future__ import annotations

import re
from typing import Final

SCHEMES: Final = ("dns", "ipv4", "ipv6", "unix", "unix-abstract")
"""The kinds of addresses gRPC knows, apart from the plain `host:port`."""

HIGHEST_PORT: Final = 65535

PORT: Final = re.compile(r"[0-9]{1,5}", re.ASCII)


def checked_target(name: str, value: object) -> str:
    """
    Return *value* as an address of a worker, as gRPC dials it.

    Raises:
        TypeError, ValueError: it is none; the text names the argument *name*.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} is the address of a worker, such as 'host:50051', not {value!r}")
    problem = _problem(value)
    if problem is not None:
        raise ValueError(
            f"{name} {value!r} cannot be dialled: {problem}; give 'host:port', '[::1]:port',"
            " 'dns:///host:port', 'ipv4:1.2.3.4:port', 'ipv6:[::1]:port' or 'unix:/path'"
        )
    return value


def _problem(target: str) -> str | None:
    if not target or target != target.strip() or any(c.isspace() for c in target):
        return "it is empty or has blanks in it"
    scheme, colon, rest = target.partition(":")
    if scheme in ("unix", "unix-abstract") and colon:
        return None if rest.removeprefix("//") else "it names no socket"
    if "://" in target and scheme not in SCHEMES:
        return f"{scheme!r} is no kind of address that gRPC knows"
    if scheme in SCHEMES and colon:
        # dns://authority/host:port
        target = rest.rpartition("/")[2] if rest.startswith("//") else rest
    elif "/" in target:
        return "it is a path or a URL"
    return _host_and_port_problem(target)


def _host_and_port_problem(target: str) -> str | None:
    host, colon, port = target.rpartition(":")
    if not colon:
        return "it has no port"
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        return "an IPv6 address stands in brackets"
    if not host.strip("[]"):
        return "it has no host"
    if not PORT.fullmatch(port) or not 0 < int(port) <= HIGHEST_PORT:
        return f"{port!r} is no port"
    return None
