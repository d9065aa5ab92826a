"""Run a Swarm of two engines, each in a network of its own, joined by a switch."""

from __future__ import annotations

from typing import Final

from lab import client, engine, packages, processes
from lab.client import Engine
from lab.commands import LabError, need, run, succeeds
from lab.engine import Node
from lab.state import State

SWITCH: Final = "wool-lab-switch"
HOST_LINK: Final = "wool-lab"
"""The machine's own link to the switch."""

NETWORK: Final = "198.18.77"
"""A range set aside for testing networks, so that nobody's own is in the way."""

HOST_ADDRESS: Final = f"{NETWORK}.254"

# Nobody there answers for names: a refusal comes at once, where a way out of the lab is missing.
NODES: Final = {
    name: Node(name=name, namespace=f"wool-lab-{name}", resolver=HOST_ADDRESS)
    for name in ("node1", "node2")
}
ADDRESSES: Final = {name: f"{NETWORK}.{number}" for number, name in enumerate(NODES, start=1)}


def up(state: State) -> dict[str, Engine]:
    """Return the engines of both nodes; the first is the manager."""
    if state.swarm and (running := find(state)):
        return running
    down(state)
    need(*engine.PROGRAMS, why="a Swarm")
    engine.prepare(state)
    namespaces = [SWITCH, *(node.namespace for node in NODES.values())]
    if taken := [name for name in namespaces if name in run(["ip", "netns"]).split()]:
        raise LabError(f"network namespaces exist that another lab has made: {', '.join(taken)}")
    state.namespaces, state.links = namespaces, [HOST_LINK]
    state.swarm = {name: node.docker_host for name, node in NODES.items()}
    state.save()
    _lay_cables()
    engines = {name: engine.start(node) for name, node in NODES.items()}
    _join(engines["node1"], engines["node2"])
    return engines


def find(state: State) -> dict[str, Engine]:
    """Return the engines noted in *state*; none unless all answer."""
    if not all(processes.is_alive(name) for name in state.swarm):
        return {}
    found = packages.tools() if state.swarm else None
    engines = {name: client.of_lab(at, found) for name, at in state.swarm.items() if found}
    return engines if all(each.answers() for each in engines.values()) else {}


def down(state: State) -> None:
    """End both engines and remove the network between them."""
    for name in state.swarm:
        engine.stop(NODES[name])
    for link in state.links:
        succeeds(["ip", "link", "delete", link])
    for name in state.namespaces:
        if name in run(["ip", "netns"]).split():
            run(["ip", "netns", "delete", name])
    state.swarm, state.links, state.namespaces = {}, [], []
    state.save()


def cut(name: str) -> None:
    """Pull the cable of the node called *name* out of the switch."""
    run(["ip", "-n", SWITCH, "link", "set", name, "down"])


def mend(name: str) -> None:
    """Plug the cable of the node called *name* in again."""
    run(["ip", "-n", SWITCH, "link", "set", name, "up"])


def inside(name: str) -> list[str]:
    """Return what to put before a command that is to run in the network of node *name*."""
    return ["nsenter", f"--net=/run/netns/{NODES[name].namespace}"]


def _lay_cables() -> None:
    """Join both nodes and this machine by a bridge in a namespace where no packet is filtered."""
    for namespace in (SWITCH, *(node.namespace for node in NODES.values())):
        run(["ip", "netns", "add", namespace])
        run(["ip", "-n", namespace, "link", "set", "lo", "up"])
    switch = ["ip", "-n", SWITCH, "link"]
    # Without snooping, multicast reaches whoever is there, as on a simple switch.
    run([*switch, "add", "br0", "type", "bridge", "mcast_snooping", "0"])
    run([*switch, "set", "br0", "up"])
    for name, node in NODES.items():
        end = ["peer", "name", "eth0", "netns", node.namespace]
        run([*switch, "add", name, "type", "veth", *end])
        at = ["ip", "-n", node.namespace]
        run([*at, "address", "add", f"{ADDRESSES[name]}/24", "dev", "eth0"])
        run([*at, "link", "set", "eth0", "up"])
    run(["ip", "link", "add", HOST_LINK, "type", "veth", "peer", "name", "host", "netns", SWITCH])
    run(["ip", "address", "add", f"{HOST_ADDRESS}/24", "dev", HOST_LINK])
    run(["ip", "link", "set", HOST_LINK, "up"])
    for name in ("host", *NODES):
        run([*switch, "set", name, "master", "br0", "up"])


def _join(manager: Engine, worker: Engine) -> None:
    first, second = ADDRESSES.values()
    manager.docker("swarm", "init", "--advertise-addr", first)
    token = manager.docker("swarm", "join-token", "--quiet", "worker")
    join = ["swarm", "join", "--advertise-addr", second, "--token", token, f"{first}:2377"]
    worker.docker(*join)
