"""Compare the policies on a whole fleet."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from benchmarks.loops import percentile
from benchmarks.simulation.policies import POLICIES
from benchmarks.simulation.services import SERVICES
from benchmarks.simulation.subsets import connections, subsets
from benchmarks.simulation.world import Client, Clock, Node, Setting, World

SEED: Final = 4

FEW: Final = 200
"""Workers of the small fleets in which the number of connections varies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """
    What is simulated; times are in units of a task's mean duration.

    *load* is what a worker is given, as a share of what it can do. It runs one task at a
    time and admits *limit*. An end is heard *delay* later; the load that rides along is
    told once per *interval* to each client at most.
    """

    workers: int = 10_000
    clients: int = 10_000
    subset: int = 20
    load: float = 0.7
    tasks: int = 160_000
    warm_up: int = 80_000
    limit: int = 8
    delay: float = 0.02
    interval: float = 1.0
    keys: int = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    What one policy came to with one distribution of durations.

    *max_to_mean*: tasks of the worker that ran most, by the mean. *fullest*: most tasks at
    one worker at a time. *refused*: refusals a task; *lost*: share of tasks nobody took.
    *connections*: fewest, mean and most clients of a worker.
    """

    service: str
    policy: str
    workers: int
    p50: float
    p99: float
    p999: float
    mean: float
    max_to_mean: float
    fullest: int
    refused: float
    lost: float
    connections: tuple[int, float, int]


def compare(fleet: Fleet) -> Iterator[Row]:
    """Yield one row for each policy and service, and one for a client that sees all."""
    for service in SERVICES:
        # Durations matter alike in a fleet a fifth as large, and a lot of time is saved.
        some = fleet if service == "exponential" else _smaller(fleet, 5)
        for policy in POLICIES:
            yield simulate(some, policy, service)
        alone = replace(some, clients=1, subset=some.workers)
        yield simulate(alone, "least loaded", service, "least loaded, one client")


def vary(fleet: Fleet) -> Iterator[tuple[Fleet, Row]]:
    """Yield what fewer clients, with more or fewer connections, come to."""
    few = _smaller(fleet, 8)
    for clients, subset in ((50, 20), (10, 20), (10, 100), (10, 200)):
        some = replace(few, workers=FEW, clients=clients, subset=subset)
        for policy in POLICIES:
            yield some, simulate(some, policy, "exponential")


def _smaller(fleet: Fleet, factor: int) -> Fleet:
    return replace(
        fleet,
        workers=fleet.workers // factor,
        clients=fleet.clients // factor,
        subset=min(fleet.subset, fleet.workers // factor),
        tasks=fleet.tasks // factor,
        warm_up=fleet.warm_up // factor,
    )


def simulate(fleet: Fleet, policy: str, service: str, title: str = "") -> Row:
    """Run the fleet once."""
    random = Random(SEED)
    nodes = [Node(at) for at in range(fleet.workers)]
    chosen = subsets(fleet.clients, fleet.workers, fleet.subset)
    clock = Clock()
    clients = [
        Client(POLICIES[policy](random, clock), [nodes[at] for at in subset]) for subset in chosen
    ]
    setting = Setting(
        rate=fleet.load,
        tasks=fleet.tasks,
        warm_up=fleet.warm_up,
        limit=fleet.limit,
        delay=fleet.delay,
        interval=fleet.interval,
        keys=fleet.keys,
    )
    outcome = World(setting, nodes, clients, SERVICES[service].source, random, clock).run()
    served = [node.served for node in nodes]
    heard = connections(chosen, fleet.workers)
    sojourns = sorted(outcome.sojourns)
    return Row(
        service=service,
        policy=title or policy,
        workers=fleet.workers,
        p50=percentile(sojourns, 0.5),
        p99=percentile(sojourns, 0.99),
        p999=percentile(sojourns, 0.999),
        mean=statistics.fmean(sojourns),
        max_to_mean=max(served) / statistics.fmean(served),
        fullest=outcome.peak,
        refused=outcome.refusals / outcome.arrivals,
        lost=outcome.lost / outcome.arrivals,
        connections=(min(heard), statistics.fmean(heard), max(heard)),
    )
