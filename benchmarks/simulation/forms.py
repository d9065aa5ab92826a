"""What theory says, in closed form or as the root of one equation."""

from math import comb, exp, factorial, log
from typing import Final

STEPS: Final = 4000


def erlang_b(servers: int, load: float) -> float:
    """Return the share of arrivals lost by M/G/n/n at *load* (arrival rate × duration)."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Return the share of arrivals that wait in M/M/n."""
    blocked = erlang_b(servers, load)
    use = load / servers
    return blocked / (1 - use * (1 - blocked))


def mmn_sojourn(servers: int, load: float) -> float:
    """Return the mean time in M/M/n, durations having mean 1."""
    return 1 + erlang_c(servers, load) / (servers - load)


def mm1_sojourn(use: float) -> float:
    """Return the mean time in M/M/1."""
    return 1 / (1 - use)


def mm1_quantile(use: float, share: float) -> float:
    """Return the time in M/M/1 that *share* of the tasks do not exceed."""
    return -log(1 - share) / (1 - use)


def mg1_sojourn(use: float, second: float) -> float:
    """Return the mean time in M/G/1, *second* being the durations' second moment."""
    return 1 + use * second / (2 * (1 - use))


def erlang_arrivals_sojourn(stages: int, use: float) -> float:
    """Return the mean time in E_k/M/1: each of *stages* workers is given every k-th task."""
    waiting = 0.5
    for _ in range(STEPS):
        waiting = (stages * use / (stages * use + 1 - waiting)) ** stages
    return 1 / (1 - waiting)


def supermarket_tail(use: float, depth: int, choices: int = 2) -> float:
    """Return the share of very many workers with *depth* tasks or more."""
    return use ** ((choices**depth - 1) / (choices - 1))


def fullest_of_one_choice(bins: int) -> float:
    """Return the mean of the fullest bin after as many balls as bins, nearly."""
    mean, below, depth = 0.0, 0.0, 0
    while below < 1 - 1e-12 and depth < 60:
        below += exp(-1) / factorial(depth)
        mean += 1 - min(1.0, below) ** bins
        depth += 1
    return mean


def two_choices_tail(depths: int) -> list[float]:
    """Return the shares of bins with 1, 2, … balls, after as many balls as bins."""
    shares = [1.0] + [0.0] * depths
    for _ in range(STEPS):
        rises = [shares[k - 1] ** 2 - shares[k] ** 2 for k in range(1, depths + 1)]
        for k, rise in enumerate(rises, 1):
            shares[k] += rise / STEPS
    return shares[1:]


def binomial_variance(draws: int, share: float) -> float:
    """Return the variance of how often an event of that share happens."""
    return draws * share * (1 - share)


def binomial_at_most(draws: int, share: float, count: int) -> float:
    """Return the chance of *count* events or fewer."""
    return sum(comb(draws, k) * share**k * (1 - share) ** (draws - k) for k in range(count + 1))
