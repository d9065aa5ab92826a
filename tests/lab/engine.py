"""Run a Docker Engine in namespaces of its own, so that ending one process ends it all."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab import client, host, packages, processes
from lab.client import Engine
from lab.commands import LabError, need, succeeds, wait_until
from lab.packages import Tools
from lab.places import CGROUP, RUN
from lab.state import State, place

READY: Final = 60.0
"""Seconds in which an engine must answer."""

PROGRAMS: Final = ["ip", "mount", "nsenter", "setsid", "umount", "unshare"]

# In a mount namespace of its own: what engines would share is hidden behind folders of this one.
SCRIPT: Final = """
set -e
folder=$1 name=$2; shift 2
test -z "$name" || echo "$name" > /proc/sys/kernel/hostname
for path in "$@"; do
    mkdir -p "$folder/hidden$path"
    mount --bind "$folder/hidden$path" "$path"
done
exec docker-init -- dockerd --config-file "$folder/daemon.json"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Where an engine of the lab runs."""

    name: str
    namespace: str = ""
    """The network namespace; the machine's own when empty."""

    resolver: str = ""
    """Who is asked for names that are not the engine's; the machine's own when empty."""

    @property
    def folder(self) -> Path:
        return place(self.name)

    @property
    def docker_host(self) -> str:
        return f"unix://{self.folder}/docker.sock"

    @property
    def log(self) -> Path:
        return RUN / "logs" / f"{self.name}.log"


OWN: Final = Node(name="engine")


def up(state: State, *, own: bool) -> Engine:
    """Return the lab's engine: the machine's where one answers, unless *own* is wanted."""
    if state.engine and (running := find(state)) is not None:
        return running
    down(state)
    if not own and (lent := client.of_machine()) is not None:
        state.engine, state.borrowed = lent.docker_host, True
        state.save()
        return lent
    need(*PROGRAMS, why="a Docker Engine")
    prepare(state)
    if "docker0" in host.links():
        raise LabError(
            "docker0 exists: two engines would spoil one another's networks; stop the other one, "
            "or use it: unset WOOL_LAB"
        )
    state.engine, state.borrowed = OWN.docker_host, False
    state.save()
    return start(OWN)


def find(state: State) -> Engine | None:
    """Return the engine noted in *state*, when it answers."""
    if state.borrowed:
        lent = client.of_machine()
        return lent if lent is not None and lent.docker_host == state.engine else None
    if not state.engine or not processes.is_alive(OWN.name):
        return None
    found = client.of_lab(state.engine, packages.tools())
    return found if found.answers() else None


def down(state: State) -> None:
    """End the lab's own engine; leave the machine's alone, but for the images given to it."""
    if state.borrowed:
        lent = client.of_machine()
        if lent is not None:
            for tag in state.tags:
                # It may never have been pulled, or a container may still need it.
                succeeds(["docker", "image", "rm", tag], env=lent.environment)
    elif state.engine:
        stop(OWN)
        if state.before is not None:
            host.restore(state.before, environment(packages.tools()))
    state.engine, state.borrowed, state.tags = "", False, []
    state.save()


def prepare(state: State) -> None:
    """Note what the machine is like, before the first engine changes it."""
    found = packages.tools()
    if state.before is None:
        state.before = host.look(environment(found))
        state.save()
    for path in host.HIDDEN:
        Path(path).mkdir(parents=True, exist_ok=True)


def start(node: Node) -> Engine:
    """Start the engine of *node*, on what it left when it ran before."""
    found = packages.tools()
    node.folder.mkdir(parents=True, exist_ok=True)
    # Here stand process ids of a namespace that is gone; they would be taken for living ones.
    shutil.rmtree(node.folder / "exec", ignore_errors=True)
    (node.folder / "daemon.json").write_text(json.dumps(settings(node), indent=1))
    entry = ["nsenter", f"--net=/run/netns/{node.namespace}"] if node.namespace else []
    apart = ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
    name = node.name if node.namespace else ""
    script = ["sh", "-c", SCRIPT, "sh", str(node.folder), name, *host.HIDDEN]
    env = environment(found)
    processes.start(node.name, [*entry, *apart, *script], log=node.log, env=env)
    engine = client.of_lab(node.docker_host, found)

    def ready() -> bool:
        processes.expect(node.name, node.log)
        return engine.answers()

    wait_until(f"an answer of {node.name}; see {node.log}", ready, timeout=READY)
    return engine


def stop(node: Node) -> None:
    """End the engine of *node* with its containers, and remove all it has."""
    processes.end(node.name)
    host.remove_groups(f"{CGROUP}/{node.name}")
    shutil.rmtree(node.folder, ignore_errors=True)


def restart(node: Node, *, gently: bool = True) -> Engine:
    """End the engine of *node* and start it on the same data, as a service manager would."""
    if gently:
        ask_to_end(node)
    processes.end(node.name)
    host.remove_groups(f"{CGROUP}/{node.name}")
    return start(node)


def ask_to_end(node: Node) -> None:
    """Ask the engine of *node* to end its containers and itself, and wait for it."""
    processes.interrupt(processes.head(node.name))
    wait_until(f"the end of {node.name}", lambda: not processes.is_alive(node.name), timeout=30)


def environment(found: Tools) -> dict[str, str]:
    """Return the environment of engines and of those who clean up after them."""
    return found.environment(packages.iptables_kind(found))


def settings(node: Node) -> dict[str, object]:
    """Return what the engine of *node* is told."""
    return {
        "data-root": str(node.folder / "data"),
        "exec-root": str(node.folder / "exec"),
        "pidfile": str(node.folder / "exec/docker.pid"),
        "hosts": [node.docker_host],
        "cgroup-parent": f"/{CGROUP}/{node.name}",
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "mtu": 1500 if node.namespace else host.mtu(),
        "shutdown-timeout": 5,
        **({"dns": [node.resolver]} if node.resolver else {}),
    }
