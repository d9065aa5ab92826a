"""What befalls single tasks of a Swarm is noticed, and loses no more than it must."""

from __future__ import annotations

import time

import pytest
from lab.commands import wait_until
from noticed import Measure
from stage import LIMITS, Stage, Task

pytestmark = pytest.mark.docker


on_each_node = pytest.mark.parametrize("victim", ["node1", "node2"], indirect=True)


@pytest.fixture
def victim(request: pytest.FixtureRequest, stage: Stage) -> Task:
    """Be one of three workers, on the manager's node or, where nothing is said, on the other."""
    node = getattr(request, "param", "node2")
    return next(task for task in stage.spread(3).values() if task.node == node)


def replaced(stage: Stage, victim: Task) -> None:
    """Wait until there is another in its place, and every client knows."""
    wait_until("it is gone", lambda: victim.id not in stage.running(), timeout=15)
    stage.settle(3)


@on_each_node
def test_docker_stop_loses_no_call(stage: Stage, victim: Task, measure: Measure) -> None:
    """What runs there is finished, and the Swarm starts another."""
    since = time.time()
    stage.engine(victim).docker("stop", victim.container)
    replaced(stage, victim)

    for client in stage.clients:
        seconds, lost = client.dropped[victim.id] - since, client.lost(since - 5)
        measure(
            f"stop on {victim.node}, {client.way}: missed after {seconds:.1f} s; {len(lost)} lost"
        )
        assert lost == []
        assert seconds < LIMITS[client.way]


def test_docker_kill_loses_what_ran_there_alone(
    stage: Stage, victim: Task, measure: Measure
) -> None:
    """Callers hear at once that the worker was lost."""
    stage.forsaken.add(victim.id)
    since = time.time()
    stage.engine(victim).docker("kill", victim.container)
    replaced(stage, victim)

    for client in stage.clients:
        seconds, lost = client.dropped[victim.id] - since, client.lost(since - 5)
        waits = [call.ended - since for call in lost]
        measure(
            f"kill on {victim.node}, {client.way}: missed after {seconds:.1f} s; {len(lost)} lost,"
            f" the last told after {max(waits, default=0):.1f} s"
        )
        assert {call.lost for call in lost} <= {victim.id}
        assert all(call.outcome.startswith("WorkerLost") for call in lost)
        assert max(waits, default=0) < 2
        assert seconds < LIMITS[client.way]


@on_each_node
def test_docker_pause_is_noticed(stage: Stage, victim: Task, measure: Measure) -> None:
    """A task that is paused gets no calls; those it has go on when it does."""
    engine = stage.engine(victim)
    (docker,) = [client for client in stage.clients if client.way == "docker"]
    others = stage.running().keys() - {victim.id}

    since = time.time()
    engine.docker("pause", victim.container)
    try:
        wait_until("it is missed", lambda: docker.sees(others), timeout=LIMITS["docker"])
    finally:
        again = time.time()
        engine.docker("unpause", victim.container)
    stage.settle(3)

    seconds, found = docker.dropped[victim.id] - since, docker.added[victim.id] - again
    measure(f"pause on {victim.node}: missed after {seconds:.1f} s, found after {found:.1f} s")
    assert found < LIMITS["docker"]
    for client in stage.clients:
        assert client.lost(since - 5) == []
