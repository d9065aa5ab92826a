"""Whatever is done to the workers of a Swarm: they are found and missed at once, and no call is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import pytest
from deployed import Images
from lab.commands import wait_until
from stage import LIMITS, Stage, Task
from steady import Call, Client

pytestmark = pytest.mark.docker

KEEPALIVE_SECONDS = 20.0
"""After so long a connection on which nobody answers has ended."""

Measure = Callable[[str], None]


def check_change(
    stage: Stage,
    measure: Measure,
    what: str,
    since: float,
    *,
    come: Iterable[Task] = (),
    gone: Iterable[Task] = (),
) -> None:
    """Check that whoever has *come* and *gone* was noticed in time, and no call lost since."""
    come, gone = list(come), list(gone)
    for client in stage.clients:
        found = [stage.found(client, task) for task in come]
        missed = [stage.missed(client, task) for task in gone]
        lost = client.lost(since)

        moments = [client.added[t.id] for t in come] + [client.dropped[t.id] for t in gone]
        told = [
            f"{word} {_range(times)}"
            for word, times in (("found", found), ("missed", missed))
            if times
        ]
        measure(
            f"{what}, {client.way}: {', '.join(told)}; all {max(moments) - since:.1f} s after the"
            f" order; {len(lost)} of {client.calls_since(since)} calls lost"
        )
        assert lost == []
        assert max(found + missed) < LIMITS[client.way]


def _range(seconds: list[float]) -> str:
    return f"after {min(seconds):.1f} to {max(seconds):.1f} s"


def newer(after: dict[str, Task], before: dict[str, Task]) -> list[Task]:
    """Return the tasks that were not there *before*."""
    return [task for uid, task in after.items() if uid not in before]


def test_calls_run_on_both_nodes_and_call_each_other(stage: Stage) -> None:
    """Each client reaches each worker, and so does each worker that makes calls."""
    containers = {task.container[:12] for task in stage.spread(2).values()}
    pairs = {(one, other) for one in containers for other in containers}

    for client in stage.clients:
        wait_until("all pairs", lambda client=client: pairs <= client.pairs(), timeout=20)
        assert client.lost(0) == []


def test_scaling_is_noticed_and_loses_no_call(stage: Stage, measure: Measure) -> None:
    """Two workers become six, on both nodes, and then three."""
    two = stage.spread(2)

    since = stage.scale(6)
    six = stage.settle(6)
    check_change(stage, measure, "2 to 6", since, come=newer(six, two))

    since = stage.scale(3)
    three = stage.settle(3)
    check_change(stage, measure, "6 to 3", since, gone=newer(six, three))
    assert {task.node for task in six.values()} == {"node1", "node2"}


def test_a_rolling_update_loses_no_call(stage: Stage, serving: Images, measure: Measure) -> None:
    """Each worker is replaced by one with another image, which starts first."""
    before = stage.spread(3)

    def is_replaced() -> bool:
        return len(stage.running()) == 3 and not stage.running().keys() & before.keys()

    since = stage.update(serving.next)
    wait_until("the update", is_replaced, timeout=90)
    after = stage.settle(3)

    gone, come = newer(before, after), newer(after, before)
    check_change(stage, measure, "update", since, come=come, gone=gone)


def test_a_drained_node_loses_no_call(stage: Stage, measure: Measure) -> None:
    """Its workers start elsewhere, and end; once it is back, it gets new ones."""
    before = stage.spread(3)
    gone = [task for task in before.values() if task.node == "node2"]

    try:
        since = stage.change("node", "update", "--availability", "drain", "node2")
        after = stage.settle(3, "node1")
        check_change(stage, measure, "drain", since, come=newer(after, before), gone=gone)
    finally:
        stage.change("node", "update", "--availability", "active", "node2")

    since = stage.scale(6)
    again = stage.settle(6)
    check_change(stage, measure, "after the drain", since, come=newer(again, after))


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
        f"short cut, docker: missed {_range([missed])}, found {_range([found])}; {len(lost)} lost"
    )
    assert lost == []


def test_a_node_that_is_cut_off_loses_what_ran_there_alone(stage: Stage, measure: Measure) -> None:
    """Its workers are missed and replaced; those that start on it once it is back are found."""
    before = stage.spread(4)
    gone = {uid: task for uid, task in before.items() if task.node == "node2"}

    cut = time.time()
    stage.swarm.cut("node2")
    try:
        stage.settle(4, "node1")
        lost = {client.way: client.lost(cut - 5) for client in stage.clients}
    finally:
        stage.swarm.mend("node2")
    for client in stage.clients:
        check_cut(client, cut, gone, lost[client.way], measure)

    wait_until("node2 is back", stage.is_whole, timeout=30)
    since = stage.scale(8)
    after = stage.settle(8)
    check_change(
        stage,
        measure,
        "after the cut",
        since,
        come=[t for t in after.values() if t.node == "node2"],
    )


def check_cut(
    client: Client, cut: float, gone: dict[str, Task], lost: list[Call], measure: Measure
) -> None:
    """Check that what was lost ran at those *gone*, and *client* knew in time."""
    missed = [client.dropped[uid] - cut for uid in gone]
    waits = [call.ended - cut for call in lost]
    latest = max(call.began - cut for call in lost)
    measure(
        f"cut, {client.way}: missed {_range(missed)}; {len(lost)} calls lost, which were told"
        f" {_range(waits)}; the last one began at {latest:.1f} s"
    )
    assert max(missed) < LIMITS[client.way]
    assert max(waits) < KEEPALIVE_SECONDS + 5
    assert {call.lost for call in lost} <= gone.keys()
    assert latest <= max(missed) + 0.2
