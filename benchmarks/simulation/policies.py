"""The policies that are compared."""

from collections.abc import Callable
from random import Random
from typing import Final

from wool.runtime.loadbalancer.leastloaded import LeastLoadedLoadBalancer
from wool.runtime.loadbalancer.picker import Picker
from wool.runtime.loadbalancer.poweroftwo import PowerOfTwoLoadBalancer
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.loadbalancer.sticky import StickyLoadBalancer


class RandomPicker(Picker):
    """Takes any worker: what the policies must be better than."""

    def __init__(self, random: Random) -> None:
        self._random = random.random

    def pick(self, members, task=None):
        return members[int(self._random() * len(members))]


def first_argument(task) -> int:
    """Return the key of a simulated task."""
    return task.args[0]


Make = Callable[[Random, Callable[[], float]], Picker]

POLICIES: Final[dict[str, Make]] = {
    "random": lambda random, _: RandomPicker(random),
    "round robin": lambda _, __: RoundRobinLoadBalancer(),
    "least loaded": lambda random, clock: LeastLoadedLoadBalancer(random=random, clock=clock),
    "power of two": lambda random, clock: PowerOfTwoLoadBalancer(random=random, clock=clock),
    "sticky": lambda _, __: StickyLoadBalancer(key=first_argument),
}
