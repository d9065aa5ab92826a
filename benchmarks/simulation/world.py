"""Workers, clients and tasks on a virtual clock."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from random import Random

from benchmarks.simulation.services import Draw
from benchmarks.simulation.subsets import worker_name
from wool.runtime.loadbalancer.picker import Picker
from wool.runtime.loadbalancer.placed import PlacedTask
from wool_common.frames import Load
from wool_common.metadata import WorkerMetadata

IDLE = Load(0, 0)
DEEPEST = 64
MEAN_SECONDS = 0.1


class Clock:
    """What time it is in a world, in seconds; tasks take a tenth of one on average."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now * MEAN_SECONDS


class Node:
    """A worker that runs one task at a time; others wait there in the order they came."""

    __slots__ = ("metadata", "served", "tasks", "waiting")

    def __init__(self, at: int) -> None:
        self.metadata = WorkerMetadata(uid=worker_name(at), address=f"host:{at}")
        self.tasks = 0
        self.served = 0
        self.waiting: deque[tuple[float, Seat]] = deque()


class Seat:
    """One worker as one client knows it: a candidate for its balancer."""

    __slots__ = ("client", "heard_at", "load", "metadata", "node")

    def __init__(self, client: "Client", node: Node) -> None:
        self.client = client
        self.node = node
        self.metadata = node.metadata
        self.load = IDLE
        self.heard_at = -inf


class Client:
    """A process that calls routines: a balancer of its own, over a subset of the workers."""

    __slots__ = ("balancer", "seats")

    def __init__(self, balancer: Picker, nodes: Sequence[Node]) -> None:
        self.balancer = balancer
        self.seats = tuple(Seat(self, node) for node in nodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """
    What happens in a world; times are in units of a task's mean duration.

    *rate*: tasks a worker is given per unit. *limit*: tasks a worker admits. *tries*: how
    many workers a task asks. *holds*: whether one that nobody took waits at the client
    for the next worker to become free. *delay*: how late clients hear of an end, and of
    the load that rides along, of which they are told every *interval* at most.
    """

    rate: float
    tasks: int
    warm_up: int = 0
    limit: float = inf
    tries: float = inf
    holds: bool = False
    delay: float = 0.0
    interval: float = 0.0
    keys: int = 0


@dataclass(slots=True)
class Outcome:
    """What was seen after the warm-up."""

    sojourns: list[float] = field(default_factory=list)
    depths: list[list[int]] = field(default_factory=list)
    arrivals: int = 0
    refusals: int = 0
    lost: int = 0
    held: int = 0
    peak: int = 0
    span: float = 0.0
    present: float = 0.0


class World:
    """One run: Poisson arrivals at clients drawn at random, until all tasks have come."""

    def __init__(
        self,
        setting: Setting,
        nodes: Sequence[Node],
        clients: Sequence[Client],
        service: Callable[[Random], Draw],
        random: Random,
        clock: Clock,
    ) -> None:
        self.nodes = nodes
        self.outcome = Outcome()
        self._setting = setting
        self._clients = clients
        self._random = random
        self._clock = clock
        self._service = service(random)
        self._running: list[tuple[float, int, float, Seat]] = []
        self._news: deque[tuple[float, Seat, Load]] = deque()
        self._held: deque[tuple[float, Client]] = deque()
        self._started = 0
        self._present = 0
        self._since = 0.0
        self._depth = [0] * (DEEPEST + 1)
        balancer = clients[0].balancer
        self._needs_task, self._follows_load = balancer.needs_task, balancer.follows_load

    def run(self) -> Outcome:
        """Let all tasks come, and return what was seen."""
        setting, random, clients = self._setting, self._random, self._clients
        pace = setting.rate * len(self.nodes)
        every = max(1, setting.tasks // 200)
        now = 0.0
        for number in range(setting.warm_up + setting.tasks):
            now += random.expovariate(pace)
            self._pass_until(now)
            self._clock.now = now
            if number == setting.warm_up:
                self._begin(now)
            self._place(now, clients[int(random.random() * len(clients))])
            if number % every == 0 and number >= setting.warm_up:
                self.outcome.depths.append(self._depth.copy())
        self._count(now, 0)
        outcome = self.outcome
        outcome.arrivals = setting.tasks
        outcome.span = now - self._begun
        outcome.present /= outcome.span
        return outcome

    def _begin(self, now: float) -> None:
        self._begun = self._since = now
        self.outcome = Outcome()
        for node in self.nodes:
            node.served = 0

    def _pass_until(self, now: float) -> None:
        """Let everything happen that is due before *now*, in its order."""
        running, news = self._running, self._news
        while True:
            told = news[0][0] if news else inf
            ended = running[0][0] if running else inf
            if told <= ended:
                if told > now:
                    return
                self._tell(*news.popleft())
            elif ended > now:
                return
            else:
                _, _, born, seat = heappop(running)
                self._end(ended, born, seat)

    def _place(self, now: float, client: Client) -> bool:
        """Have a worker take a task, as the pool's own loop does."""
        setting, balancer = self._setting, client.balancer
        task = _task(int(self._random.random() * setting.keys)) if self._needs_task else None
        seat = balancer.pick(client.seats, task)
        tried: set[str] = set()
        while seat.node.tasks >= setting.limit:
            self.outcome.refusals += 1
            tried.add(seat.metadata.uid)
            if self._follows_load:
                balancer.ended(seat.metadata.uid)
            seat = None
            if len(tried) < setting.tries:
                seat = balancer.pick_untried(client.seats, tried, task)
            if seat is None:
                self._turn_away(now, client)
                return False
        self._accept(now, now, seat)
        return True

    def _turn_away(self, now: float, client: Client) -> None:
        if self._setting.holds:
            self.outcome.held += 1
            self._held.append((now, client))
            self._count(now, 1)
        else:
            self.outcome.lost += 1

    def _accept(self, now: float, born: float, seat: Seat) -> None:
        node = seat.node
        node.tasks += 1
        node.served += 1
        if node.tasks > self.outcome.peak:
            self.outcome.peak = node.tasks
        self._depth[min(node.tasks, DEEPEST)] += 1
        self._count(now, 1)
        if node.tasks == 1:
            self._start(now, born, seat)
        else:
            node.waiting.append((born, seat))

    def _start(self, now: float, born: float, seat: Seat) -> None:
        self._started += 1
        heappush(self._running, (now + self._service(), self._started, born, seat))

    def _end(self, now: float, born: float, seat: Seat) -> None:
        node = seat.node
        self._depth[min(node.tasks, DEEPEST)] -= 1
        node.tasks -= 1
        self._count(now, -1)
        self.outcome.sojourns.append(now - born)
        if node.waiting:
            self._start(now, *node.waiting.popleft())
        if self._follows_load:
            if self._setting.delay:
                self._news.append((now + self._setting.delay, seat, Load(node.tasks, 0)))
            else:
                self._tell(now, seat, Load(node.tasks, 0))
        if self._held:
            self._place_held(now)

    def _place_held(self, now: float) -> None:
        born, client = self._held.popleft()
        seat = client.balancer.pick(client.seats, None)
        if seat.node.tasks >= self._setting.limit:
            raise AssertionError("a worker is free, and the balancer did not find it")
        self._count(now, -1)
        self._accept(now, born, seat)

    def _tell(self, now: float, seat: Seat, load: Load) -> None:
        self._clock.now = now
        balancer, worker = seat.client.balancer, seat.metadata.uid
        balancer.ended(worker)
        if now - seat.heard_at >= self._setting.interval:
            seat.heard_at = now
            seat.load = load
            balancer.reported(worker, load)

    def _count(self, now: float, change: int) -> None:
        self.outcome.present += self._present * (now - self._since)
        self._since = now
        self._present += change


def _task(key: int) -> PlacedTask:
    return PlacedTask(key=b"", tag="simulated:1", callable=print, args=(key,), kwargs={})
