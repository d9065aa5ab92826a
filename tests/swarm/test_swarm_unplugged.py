"""
A node of a Swarm loses its cable, and gets it back.

For half a minute after a short cut Docker's nodes may not tell each other of new containers,
so these tests come last.
"""

from __future__ import annotations

import time

import pytest
from lab.commands import wait_until
from noticed import Measure, check_change, spanned
from stage import LIMITS, Stage, Task
from steady import Call, Client

pytestmark = pytest.mark.docker

KEEPALIVE_SECONDS = 20.0
"""After so long a connection on which nobody answers has ended."""


def test_a_node_that_is_cut_off_loses_what_ran_there_alone(stage: Stage, measure: Measure) -> None:
    """Its workers are missed and replaced; those that start on it once it is back are found."""
    before = stage.spread(4)
    gone = {uid: task for uid, task in before.items() if task.node == "node2"}

    stage.forsaken |= gone.keys()

    cut = time.time()
    stage.swarm.cut("node2")
    try:
        stage.settle(4, "node1")
        replaced = time.time()
        lost = {client.way: client.lost(cut - 5) for client in stage.clients}
    finally:
        mended = time.time()
        stage.swarm.mend("node2")
    for client in stage.clients:
        check_cut(client, cut, gone, lost[client.way], measure)

    wait_until("node2 is back", stage.is_whole, timeout=30)
    since = stage.scale(8)
    measure(
        f"cut: the Swarm has replaced the workers after {replaced - cut:.1f} s, and has the node"
        f" back {since - mended:.1f} s after its cable was plugged in"
    )
    after = stage.settle(8)
    check_change(
        stage,
        measure,
        "after the cut",
        since,
        come=[t for t in after.values() if t.node == "node2"],
    )
    stage.check_losses()


def check_cut(
    client: Client, cut: float, gone: dict[str, Task], lost: list[Call], measure: Measure
) -> None:
    """Check that what was lost ran at those *gone*, and *client* knew in time."""
    missed = [client.dropped[uid] - cut for uid in gone]
    waits = [call.ended - cut for call in lost]
    latest = max(call.began - cut for call in lost)
    measure(
        f"cut, {client.way}: missed {spanned(missed)}; {len(lost)} calls lost, which were told"
        f" {spanned(waits)}; the last one began at {latest:.1f} s"
    )
    assert max(missed) < LIMITS[client.way]
    assert max(waits) < KEEPALIVE_SECONDS + 5
    assert {call.lost for call in lost} <= gone.keys()
    assert latest <= max(missed) + 0.2


def test_a_short_cut_loses_no_call(stage: Stage, measure: Measure) -> None:
    """A worker behind it is missed, and found again; what runs there ends well."""
    before = stage.spread(2)
    (docker,) = [client for client in stage.clients if client.way == "docker"]
    (behind,) = [task for task in before.values() if task.node == "node2"]

    since = time.time()
    stage.swarm.cut("node2")
    try:
        others = before.keys() - {behind.id}
        wait_until("it is missed", lambda: docker.sees(others), timeout=LIMITS["docker"])
    finally:
        mended = time.time()
        stage.swarm.mend("node2")
    wait_until("it is found", lambda: docker.sees(before.keys()), timeout=LIMITS["docker"])

    missed, found = docker.dropped[behind.id] - since, docker.added[behind.id] - mended
    lost = docker.lost(since)
    measure(
        f"short cut, docker: missed {spanned([missed])}, found {spanned([found])}; {len(lost)} lost"
    )
    assert lost == []
