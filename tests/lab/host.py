"""Put the machine's network back to what it was before the lab's engine came."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lab.commands import LabError, run, succeeds, wait_until
from lab.state import Before

TABLES: Final = [
    (program, table)
    for program in ("iptables", "ip6tables")
    for table in ("filter", "nat", "mangle", "raw")
]

FORWARD: Final = Path("/proc/sys/net/ipv4/ip_forward")

HIDDEN: Final = [
    "/run/docker",
    "/run/containerd",
    "/run/runc",
    "/var/lib/docker",
    "/opt/containerd",
]
"""Where engines write whatever they are told; each of ours sees folders of its own there."""

ABSENT: Final = [*HIDDEN, "/run/netns", "/run/mount", "/etc/docker"]

LINK: Final = re.compile(r"docker0|docker_gwbridge|br-[0-9a-f]{12}|veth[0-9a-f]{7}")

RULE: Final = re.compile(
    r"DOCKER|\b(docker0|docker_gwbridge|br-[0-9a-f]{12})\b"
    # A published port, called by the very container that publishes it.
    r"|-A POSTROUTING -s (\S+/32) -d \2 .*-j MASQUERADE"
)

Env = Mapping[str, str]


def look(env: Env) -> Before:
    """Return what the machine is like now."""
    return Before(
        rules={f"{program} {table}": rules(program, table, env) for program, table in TABLES},
        links=links(),
        forward=FORWARD.read_text().strip(),
        absent=[path for path in ABSENT if not Path(path).exists()],
    )


def links(namespace: str = "") -> list[str]:
    """Return the names of the network links, here or in *namespace*."""
    where = ["-n", namespace] if namespace else []
    found: list[dict[str, str]] = json.loads(run(["ip", *where, "-j", "link"]))
    return [link["ifname"] for link in found]


def rules(program: str, table: str, env: Env) -> list[str]:
    """Return the rules of *table*, none where the kernel lacks it."""
    try:
        return run([program, "-w", "-t", table, "-S"], env=env).splitlines()
    except LabError:
        return []


def mtu() -> int:
    """Return the size of packet that the way out of this machine carries."""
    routes: list[dict[str, str]] = json.loads(run(["ip", "-j", "route", "show", "default"]))
    if not routes:
        return 1500
    shown: list[dict[str, int]] = json.loads(run(["ip", "-j", "link", "show", routes[0]["dev"]]))
    return min(1500, shown[0]["mtu"])


def restore(before: Before, env: Env) -> None:
    """Undo what an engine that is gone has done to the network."""
    for link in links():
        if link not in before.links and LINK.fullmatch(link):
            # A link may be going with its container's namespace at this moment.
            succeeds(["ip", "link", "delete", link])
    for program, table in TABLES:
        _restore_table(program, table, before.rules.get(f"{program} {table}", []), env)
    if FORWARD.read_text().strip() != before.forward:
        FORWARD.write_text(before.forward)


def tidy(before: Before) -> None:
    """Remove the folders that engines and `ip netns` have made, where they are empty."""
    for path in before.absent:
        # What `ip netns` has mounted may lie there twice, or hidden below something else.
        while is_mounted(path) and not any(Path(path).iterdir()) and succeeds(["umount", path]):
            pass
        if Path(path).exists():
            run(["find", path, "-depth", "-type", "d", "-empty", "-delete"])


def is_mounted(path: str) -> bool:
    """Tell whether something is mounted at *path*."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return any(line.split()[4] == path for line in lines)


def remove_groups(name: str) -> None:
    """Remove the control groups below *name*, of which every process is gone."""

    def removed() -> bool:
        return all(_remove_tree(root / name) for root in _hierarchies())

    wait_until(f"the end of the control groups {name}", removed, timeout=10)


def _restore_table(program: str, table: str, before: list[str], env: Env) -> None:
    xtables = [program, "-w", "-t", table]
    now = [line for line in rules(program, table, env) if line not in before]
    for line in now:
        if line.startswith("-A") and RULE.search(line):
            run([*xtables, "-D", *shlex.split(line)[1:]], env=env)
    for line in now:
        if line.startswith("-N DOCKER"):
            run([*xtables, "-X", line.split()[1]], env=env)
    for line in before:
        if line == "-P FORWARD ACCEPT" and "-P FORWARD DROP" in now:
            run([*xtables, "-P", "FORWARD", "ACCEPT"], env=env)


def _hierarchies() -> list[Path]:
    """Return where control groups are mounted: one place, or one for each controller."""
    lines = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [Path(fields[1]) for fields in lines if fields[2] in ("cgroup", "cgroup2")]


def _remove_tree(group: Path) -> bool:
    """Remove *group* with all below it; tell whether it is gone."""
    if not group.is_dir():
        return True
    for inner in [path for path in group.iterdir() if path.is_dir()]:
        _remove_tree(inner)
    try:
        group.rmdir()
    except OSError:
        return False  # its last process is not quite gone
    return True
