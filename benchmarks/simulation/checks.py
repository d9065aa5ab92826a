"""Hold the simulator, and the balancers in it, to what theory says."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

from benchmarks.loops import percentile
from benchmarks.simulation import forms
from benchmarks.simulation.policies import POLICIES
from benchmarks.simulation.services import SERVICES
from benchmarks.simulation.subsets import agrees_with_closest, connections, subsets
from benchmarks.simulation.world import Client, Clock, Node, Outcome, Setting, World

SEED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One figure, what theory says it is, and how far apart the two may be."""

    what: str
    simulated: float
    theory: float
    tolerance: float

    @property
    def error(self) -> float:
        """Return how far apart they are, as a share of what theory says."""
        return abs(self.simulated - self.theory) / self.theory

    @property
    def agrees(self) -> bool:
        return self.error <= self.tolerance


def checks(scale: float, tolerance: float = 1.0) -> Iterator[Check]:
    """
    Yield every check; *tolerance* multiplies what each allows.

    *scale* below 1 makes them shorter, and what they allow wider by the law of large numbers.
    """
    slack = tolerance * max(1.0, scale**-0.5)
    for check in (*_single(), *_central(), *_supermarket(), *_bins(), *_subsets()):
        yield check(scale, slack)


Planned = Callable[[float, float], Check]
"""A check to be made: at a scale, with some slack in what it allows."""


def _run(
    policy: str, workers: int, tasks: float, *, service: str = "exponential", **setting: object
) -> Outcome:
    """Let one client, who hears of everything at once, place tasks on all workers."""
    random = Random(SEED)
    nodes = [Node(at) for at in range(workers)]
    clock = Clock()
    clients = [Client(POLICIES[policy](random, clock), nodes)]
    planned = Setting(tasks=int(tasks), warm_up=int(tasks / 4), **setting)  # type: ignore[arg-type]
    return World(planned, nodes, clients, SERVICES[service].source, random, clock).run()


def _single() -> Iterator[Planned]:
    """A stream that is split evenly makes each worker a queue of its own."""
    use = 0.7

    @cache
    def outcome(scale: float) -> Outcome:
        return _run("random", 10, 240_000 * scale, rate=use)

    def mean(scale: float, slack: float) -> Check:
        found = statistics.fmean(outcome(scale).sojourns)
        theory = forms.mm1_sojourn(use)
        return _check("M/M/1, random: mean", found, theory, 0.04 * slack)

    def tail(scale: float, slack: float) -> Check:
        found = percentile(outcome(scale).sojourns, 0.99)
        theory = forms.mm1_quantile(use, 0.99)
        return _check("M/M/1, random: p99", found, theory, 0.06 * slack)

    def turns(scale: float, slack: float) -> Check:
        found = statistics.fmean(_run("round robin", 4, 180_000 * scale, rate=use).sojourns)
        theory = forms.erlang_arrivals_sojourn(4, use)
        return _check("E₄/M/1, round robin: mean", found, theory, 0.03 * slack)

    yield from (mean, tail, turns)
    for name in ("lognormal", "bimodal"):

        def spread(scale: float, slack: float, name: str = name) -> Check:
            outcome = _run("random", 20, 240_000 * scale, service=name, rate=0.6)
            theory = forms.mg1_sojourn(0.6, SERVICES[name].second)
            found = statistics.fmean(outcome.sojourns)
            return _check(f"M/G/1, random, {name}: mean", found, theory, 0.06 * slack)

        yield spread


def _central() -> Iterator[Planned]:
    """A least loaded worker that is found wherever one is idle makes many into one queue."""

    @cache
    def outcome(scale: float) -> Outcome:
        return _run("least loaded", 10, 180_000 * scale, rate=0.8, limit=1, tries=1, holds=True)

    def held(scale: float, slack: float) -> Check:
        found = outcome(scale).held / outcome(scale).arrivals
        return _check("M/M/10, least loaded: who waits", found, forms.erlang_c(10, 8), 0.05 * slack)

    def mean(scale: float, slack: float) -> Check:
        found = statistics.fmean(outcome(scale).sojourns)
        return _check("M/M/10, least loaded: mean", found, forms.mmn_sojourn(10, 8), 0.03 * slack)

    yield from (held, mean)
    for name in SERVICES:

        def lost(scale: float, slack: float, name: str = name) -> Check:
            outcome = _run(
                "least loaded", 20, 90_000 * scale, service=name, rate=0.9, limit=1, tries=1
            )
            found = outcome.lost / outcome.arrivals
            what = f"M/G/20/20, least loaded, {name}: refused"
            return _check(what, found, forms.erlang_b(20, 18), 0.08 * slack)

        yield lost

    def little(scale: float, slack: float) -> Check:
        outcome = _run("power of two", 50, 90_000 * scale, rate=0.9, limit=8)
        accepted = (outcome.arrivals - outcome.lost) / outcome.span
        theory = accepted * statistics.fmean(outcome.sojourns)
        return _check("Little's law, power of two", outcome.present, theory, 0.02 * slack)

    yield little


def _supermarket() -> Iterator[Planned]:
    """Two choices make the tail of queues doubly exponential."""
    use = 0.9

    @cache
    def shares(scale: float) -> list[float]:
        workers = max(200, int(1000 * scale))
        outcome = _run("power of two", workers, 150_000 * scale, rate=use)
        return [statistics.fmean(each) / workers for each in zip(*outcome.depths, strict=True)]

    def tail(scale: float, slack: float, depth: int) -> Check:
        theory = forms.supermarket_tail(use, depth)
        tolerance = (0.02, 0.05, 0.12)[depth - 1] * slack
        return _check(
            f"two choices: workers with {depth} or more", shares(scale)[depth], theory, tolerance
        )

    for depth in (1, 2, 3):
        yield lambda scale, slack, depth=depth: tail(scale, slack, depth)


def _bins() -> Iterator[Planned]:
    """As many tasks as workers, none of which ends: balls into bins."""

    def fill(policy: str, workers: int, seed: int) -> list[int]:
        random = Random(seed)
        client = Client(POLICIES[policy](random, Clock()), [Node(at) for at in range(workers)])
        picks = (client.balancer.pick(client.seats, None).metadata.uid for _ in range(workers))
        return list(Counter(picks).values())

    def one(scale: float, slack: float) -> Check:
        workers, rounds = 2000, max(4, int(20 * scale))
        found = statistics.fmean(max(fill("random", workers, seed)) for seed in range(rounds))
        theory = forms.fullest_of_one_choice(workers)
        return _check("balls into bins, random: fullest", found, theory, 0.08 * slack)

    def two(scale: float, slack: float, depth: int) -> Check:
        workers = 20_000
        counts = fill("power of two", workers, SEED)
        found = sum(count >= depth for count in counts) / workers
        theory = forms.two_choices_tail(6)[depth - 1]
        return _check(f"balls into bins, two choices: {depth} or more", found, theory, 0.05 * slack)

    def even(scale: float, slack: float, policy: str) -> Check:
        found = max(fill(policy, 2000, SEED))
        return _check(f"balls into bins, {policy}: fullest", found, 1, 0.0)

    yield one
    for depth in (1, 2):
        yield lambda scale, slack, depth=depth: two(scale, slack, depth)
    for policy in ("round robin", "least loaded"):
        yield lambda scale, slack, policy=policy: even(scale, slack, policy)


def _subsets() -> Iterator[Planned]:
    """Who is in whose subset is a fair draw: binomial."""
    workers, count = 1000, 20

    def spread(scale: float, slack: float) -> Check:
        clients = int(2000 * scale)
        met = connections(subsets(clients, workers, count), workers)
        theory = forms.binomial_variance(clients, count / workers)
        return _check("subsets of 20: variance", statistics.pvariance(met), theory, 0.15 * slack)

    def fullest(scale: float, slack: float) -> Check:
        clients, share = int(2000 * scale), count / workers
        met = max(connections(subsets(clients, workers, count), workers))
        usual = next(
            k for k in range(clients) if forms.binomial_at_most(clients, share, k) ** workers >= 0.5
        )
        return _check("subsets of 20: fullest worker", met, usual, 0.15 * slack)

    def bulk(scale: float, slack: float) -> Check:
        agrees = agrees_with_closest((0, 7, 99), workers, count)
        return _check("subsets made in bulk are the library's", float(agrees), 1, 0.0)

    yield from (spread, fullest, bulk)


def _check(what: str, simulated: float, theory: float, tolerance: float) -> Check:
    return Check(what=what, simulated=simulated, theory=theory, tolerance=tolerance)
