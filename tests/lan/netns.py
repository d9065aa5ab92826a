"""Make small networks of Linux namespaces, each machine a namespace of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

import pytest

NUMBERS: Final = count(1)
IP: Final = shutil.which("ip") or "/usr/sbin/ip"
NSENTER: Final = shutil.which("nsenter") or "/usr/bin/nsenter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A namespace with one network interface, `eth0`."""

    namespace: str
    ipv4: str | None
    ipv6: str | None
    port: str
    """The other end of its cable, in the namespace of the switch."""
    switch: str

    def command(self, *words: str) -> list[str]:
        """Return what runs *words* on this machine."""
        # Not `ip netns exec`, which mounts another /sys.
        return [NSENTER, f"--net=/run/netns/{self.namespace}", *words]

    def ip(self, *lines: str) -> None:
        """Run each of *lines* as `ip` on this machine."""
        ip(*lines, namespace=self.namespace)

    def cut(self) -> None:
        """Pull the cable; the machine keeps its addresses."""
        ip(f"link set {self.port} down", namespace=self.switch)

    def mend(self) -> None:
        """Plug the cable in again."""
        ip(f"link set {self.port} up", namespace=self.switch)


@contextmanager
def network(
    machines: int, *, ipv4: bool = True, ipv6: bool = True
) -> Generator[tuple[Machine, ...]]:
    """
    Yield *machines* on one network, all of which is gone in the end.

    With *ipv4* they have 10.77.0.1, 10.77.0.2, ...; with *ipv6* fd77::1, fd77::2, ...
    besides addresses of the link; without it, no IPv6 at all. The switch is a bridge in a
    namespace of its own, so no packet filter of this machine has a say. What was started on
    the machines must have ended before.
    """
    require_namespaces()
    prefix = f"wool-{os.getpid()}-{next(NUMBERS)}"
    switch = f"{prefix}-switch"
    made: list[str] = []
    try:
        _make(switch, made)
        ip(
            "link add bridge type bridge forward_delay 0 mcast_snooping 0",
            "link set bridge up",
            namespace=switch,
        )
        hosts = [
            Machine(
                namespace=f"{prefix}-{number}",
                ipv4=f"10.77.0.{number}" if ipv4 else None,
                ipv6=f"fd77::{number:x}" if ipv6 else None,
                port=f"port{number}",
                switch=switch,
            )
            for number in range(1, machines + 1)
        ]
        for host in hosts:
            _make(host.namespace, made)
            _plug_in(host)
        yield tuple(hosts)
    finally:
        for namespace in made:
            subprocess.run([IP, "netns", "delete", namespace], check=True)


def require_namespaces() -> None:
    """Skip the test where namespaces cannot be made; fail it where WOOL_LAB is 1."""
    missing = None
    if os.geteuid() != 0:
        missing = "only root makes network namespaces"
    elif not os.access(IP, os.X_OK) or not os.access(NSENTER, os.X_OK):
        missing = "there is no `ip` or no `nsenter` (packages iproute2 and util-linux)"
    elif _refused():
        missing = "this system refuses to make network namespaces"
    if missing is not None and os.environ.get("WOOL_LAB") == "1":
        pytest.fail(missing)
    if missing is not None:
        pytest.skip(missing)


def ip(*lines: str, namespace: str) -> None:
    """Run each of *lines* as `ip` in *namespace*."""
    command = [IP, "-netns", namespace, "-batch", "-"]
    subprocess.run(command, input="\n".join(lines), text=True, check=True)


def _make(namespace: str, made: list[str]) -> None:
    subprocess.run([IP, "netns", "add", namespace], check=True)
    made.append(namespace)


def _plug_in(host: Machine) -> None:
    ip(
        f"link add {host.port} type veth peer name eth0 netns {host.namespace}",
        f"link set {host.port} master bridge up",
        namespace=host.switch,
    )
    if host.ipv6 is None:
        _write(host, "net/ipv6/conf/all/disable_ipv6", "1")
    else:
        _write(host, "net/ipv6/conf/eth0/accept_dad", "0")
    addresses = _present(host.ipv4 and f"{host.ipv4}/24", host.ipv6 and f"{host.ipv6}/64 nodad")
    host.ip(
        "link set lo up",
        "link set eth0 up",
        *(f"address add {address} dev eth0" for address in addresses),
    )


def _present(*texts: str | None) -> Sequence[str]:
    return [text for text in texts if text]


def _write(host: Machine, setting: str, value: str) -> None:
    shell = f"echo {value} > /proc/sys/{setting}"
    subprocess.run(host.command("sh", "-c", shell), check=True)


def _refused() -> bool:
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return probe.returncode != 0
