"""Whatever is done to the workers of a Swarm: they are found and missed at once, and no call is lost."""

from __future__ import annotations

import pytest
from deployed import Images
from lab.commands import wait_until
from noticed import Measure, check_change, newer
from stage import Stage

pytestmark = pytest.mark.docker


def test_calls_run_on_both_nodes_and_call_each_other(stage: Stage) -> None:
    """Each client reaches each worker, and so does each worker that makes calls."""
    containers = {task.container[:12] for task in stage.spread(2).values()}
    pairs = {(one, other) for one in containers for other in containers}

    for client in stage.clients:
        wait_until("all pairs", lambda client=client: pairs <= client.pairs(), timeout=20)
        assert client.lost(stage.begun) == []


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
