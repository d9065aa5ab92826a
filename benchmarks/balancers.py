"""Measure what choosing a worker costs, from ten members to ten thousand."""

import argparse
import statistics
from collections.abc import Callable, Iterator
from itertools import count, cycle
from pathlib import Path
from random import Random
from time import perf_counter, thread_time
from typing import Final

from benchmarks import harness
from benchmarks.results import Results
from benchmarks.simulation.policies import first_argument
from benchmarks.simulation.world import Client, Node
from benchmarks.tables import figure, plain_table
from wool.runtime.loadbalancer.leastloaded import LeastLoadedLoadBalancer
from wool.runtime.loadbalancer.picker import Picker
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.loadbalancer.poweroftwo import PowerOfTwoLoadBalancer
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.loadbalancer.sticky import StickyLoadBalancer

SIZES: Final = (10, 100, 1_000, 10_000)
IN_FLIGHT: Final = 64
BATCH: Final = 1_000

Keys = Callable[[], Iterator[int]]


def same_keys() -> Iterator[int]:
    """Return keys that come again and again."""
    return cycle(range(BATCH))


POLICIES: Final[dict[str, tuple[Callable[[], Picker], Keys]]] = {
    "round robin": (RoundRobinLoadBalancer, same_keys),
    "least loaded": (lambda: LeastLoadedLoadBalancer(random=Random(1)), same_keys),
    "power of two": (lambda: PowerOfTwoLoadBalancer(random=Random(1)), same_keys),
    "sticky, keys seen before": (lambda: StickyLoadBalancer(key=first_argument), same_keys),
    "sticky, new keys": (lambda: StickyLoadBalancer(key=first_argument), count),
}


class Picks:
    """One policy over so many members, with tasks in flight."""

    def __init__(self, make: Callable[[], Picker], keys: Keys, size: int) -> None:
        self._client = Client(make(), [Node(at) for at in range(size)])
        self._keys = keys()
        self._flying = [self._pick(self._task()) for _ in range(IN_FLIGHT)]

    def cost(self) -> float:
        """Return the microseconds of one pick and the note of its end."""
        tasks = [self._task() for _ in range(BATCH)]
        flying, ended, pick = self._flying, self._client.balancer.ended, self._pick
        # Not the wall's time: nothing is awaited here, and others may want the processor.
        start = thread_time()
        for at, task in enumerate(tasks):
            place = at % IN_FLIGHT
            ended(flying[place].metadata.uid)
            flying[place] = pick(task)
        return (thread_time() - start) / BATCH * 1e6

    def _pick(self, task: PlacedTask):
        return self._client.balancer.pick(self._client.seats, task)

    def _task(self) -> PlacedTask:
        return PlacedTask(
            key=b"", tag="measured:1", callable=print, args=(next(self._keys),), kwargs={}
        )


def measure(settings: harness.Settings) -> Results:
    """Time every policy at every size, in turn, so that all suffer alike from the machine."""
    results = Results()
    measured = {
        (policy, size): Picks(make, keys, size)
        for policy, (make, keys) in POLICIES.items()
        for size in SIZES
    }
    for picks in measured.values():
        picks.cost()
    for _ in range(settings.rounds):
        for (policy, size), picks in measured.items():
            end = perf_counter() + settings.seconds / len(measured)
            costs = [picks.cost()]
            while perf_counter() < end:
                costs.append(picks.cost())
            results.add(f"pick_{size}", policy, statistics.median(costs))
    return results


def flatness(results: Results) -> dict[str, float]:
    """Return, by policy, how many times the cost at ten members ten thousand cost."""
    return {
        policy: _cost(results, policy, SIZES[-1]) / _cost(results, policy, SIZES[0])
        for policy in POLICIES
    }


def table(results: Results) -> str:
    """Return the costs as text, in microseconds."""
    ratios = flatness(results)
    rows = [("µs a pick", *(f"{size:,} members" for size in SIZES), "10,000 : 10")]
    for policy in POLICIES:
        costs = (figure(_cost(results, policy, size)) for size in SIZES)
        rows.append((policy, *costs, f"{ratios[policy]:.2f} ×"))
    return plain_table(rows)


def _cost(results: Results, policy: str, size: int) -> float:
    cost = results.median(f"pick_{size}", policy)
    assert cost is not None
    return cost


def main() -> None:
    """Run with the settings of the command line; print, and write JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.balancers")
    harness.add_settings(parser, harness.Settings(seconds=2.0))
    parser.add_argument("--json", type=Path, default=harness.RESULTS / "balancers.json")
    options = parser.parse_args()
    settings = harness.Settings(seconds=options.seconds, rounds=options.rounds)
    results = measure(settings)
    print(table(results))
    harness.save(options.json, "balancers", settings, results, flatness=flatness(results))


if __name__ == "__main__":
    main()
