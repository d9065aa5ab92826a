"""How long tasks take, in units of their mean."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp
from random import Random
from typing import Final

Draw = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A distribution of mean 1; *second* is its second moment."""

    title: str
    second: float
    source: Callable[[Random], Draw]


def _exponential(random: Random) -> Draw:
    return lambda: random.expovariate(1.0)


def _lognormal(random: Random) -> Draw:
    # With sigma 1 the mean is exp(mu + 1/2).
    return lambda: random.lognormvariate(-0.5, 1.0)


def _bimodal(random: Random) -> Draw:
    toss = random.random
    return lambda: 0.5 if toss() < 0.9 else 5.5


SERVICES: Final = {
    "exponential": Service(title="exponential", second=2.0, source=_exponential),
    "lognormal": Service(title="lognormal, sigma 1", second=exp(1.0), source=_lognormal),
    "bimodal": Service(title="90 % short, 10 % 11 × as long", second=3.25, source=_bimodal),
}
