"""The workers of a Swarm, changed under load."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from asked import listed_tasks
from followed import Followed
from lab.client import Engine
from lab.commands import wait_until
from lab.fixtures import Swarm
from steady import Client

LIMITS: Final = {"docker": 5.0, "dns": 10.0}
"""Seconds in which a worker must be found, or missed, by each way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task of the workers' service."""

    id: str
    """The worker's uid, too."""
    node: str
    container: str
    running: bool
    """True where it is to go on."""
    ended: bool


@dataclass(slots=True, kw_only=True)
class Moments:
    """When what happened to each container, by both engines."""

    said: list[Followed]
    healthy: dict[str, float] = field(default_factory=dict[str, float])
    asked_to_end: dict[str, float] = field(default_factory=dict[str, float])
    ended: dict[str, float] = field(default_factory=dict[str, float])

    def look(self) -> None:
        """Take in what they have said since."""
        for engine in self.said:
            for line in engine.news():
                container, at = str(line["Actor"]["ID"]), int(line["timeNano"]) / 1e9
                match line["Action"]:
                    case "health_status: healthy":
                        self.healthy.setdefault(container, at)
                    case "kill":
                        self.asked_to_end.setdefault(container, at)
                    case "die":
                        self.ended.setdefault(container, at)
                    case _:
                        pass


@dataclass(slots=True, kw_only=True)
class Stage:
    """The service called *service*, and clients that use its workers."""

    swarm: Swarm
    service: str
    clients: list[Client]
    moments: Moments
    node_names: Mapping[str, str]
    """By their ids."""
    forsaken: set[str] = field(default_factory=set[str])
    """The workers that were cut off or killed; what runs there is lost."""

    begun: float = 0.0
    """When the network had begun to carry everything; what was called before does not count."""

    @property
    def manager(self) -> Engine:
        return self.swarm.node1

    def tasks(self) -> list[Task]:
        """Return the tasks there are and were, as far as they have a container."""
        found = (self._read(each) for each in listed_tasks(self.manager, self.service))
        return [task for task in found if task is not None]

    def running(self, node: str | None = None) -> dict[str, Task]:
        """Return the tasks that run and shall, by id; those on *node* alone where given."""
        return {t.id: t for t in self.tasks() if t.running and node in (None, t.node)}

    def change(self, *arguments: str) -> float:
        """Have the manager do something, without waiting; return when it was told."""
        at = time.time()
        self.manager.docker(*arguments)
        return at

    def scale(self, number: int) -> float:
        """Have *number* workers, without waiting; return when that was ordered."""
        return self.change("service", "scale", "--detach", f"{self.service}={number}")

    def settle(self, number: int, node: str | None = None) -> dict[str, Task]:
        """Wait until so many run, on *node* where given, and clients know of exactly these."""
        tasks: dict[str, Task] = {}

        def is_settled() -> bool:
            nonlocal tasks
            if any(client.count() != number for client in self.clients):
                return False  # asking the manager costs more
            tasks = self.running(node)
            return all(client.sees(tasks.keys()) for client in self.clients)

        wait_until(f"{number} workers are known", is_settled, timeout=60)
        return tasks

    def update(self, image: str) -> float:
        """Have every worker replaced by one of *image*, without waiting; return when."""
        options = ["--detach", "--quiet", "--no-resolve-image", "--image", image]
        return self.change("service", "update", *options, self.service)

    def is_whole(self) -> bool:
        """Tell whether every node is ready."""
        form = "{{.Status}}"
        return set(self.manager.docker("node", "ls", "--format", form).split()) == {"Ready"}

    def spread(self, number: int) -> dict[str, Task]:
        """Have so many workers, some of them on each node, and none that still end; return them."""
        tasks = self.running()
        if len(tasks) != number:
            self.scale(number)
            tasks = self.settle(number)
        if len({task.node for task in tasks.values()}) < 2:
            # New ones go where fewest are.
            self.scale(2 * number)
            self.settle(2 * number)
            self.scale(number)
            tasks = self.settle(number)
        wait_until("the end of others", self._have_ended, timeout=30)
        return tasks

    def connect(self) -> None:
        """
        Wait until every client reaches every worker, and these reach each other.

        A Swarm that has just begun may take half a minute until its overlay carries
        anything between the nodes; calls that are under way then are the network's loss.
        """
        containers = {task.container[:12] for task in self.tasks() if task.running}
        pairs = {(one, other) for one in containers for other in containers}
        for client in self.clients:
            wait_until("all pairs", lambda client=client: pairs <= client.pairs(), timeout=90)
        self.begun = time.time()

    def check_losses(self) -> None:
        """Check that from the first call on none was lost elsewhere than at the forsaken."""
        for client in self.clients:
            assert {call.lost for call in client.lost(self.begun)} <= self.forsaken

    def engine(self, task: Task) -> Engine:
        """Return the engine that runs *task*."""
        return self.swarm.node1 if task.node == "node1" else self.swarm.node2

    def found(self, client: Client, task: Task) -> float:
        """Return how many seconds after it was healthy *client* knew of *task*."""
        wait_until("its health", lambda: self._knows(self.moments.healthy, task), timeout=5)
        return client.added[task.id] - self.moments.healthy[task.container]

    def missed(self, client: Client, task: Task) -> float:
        """Return how many seconds after it was told to end *client* dropped *task*."""
        wait_until("its end", lambda: self._knows(self.moments.asked_to_end, task), timeout=5)
        return client.dropped[task.id] - self.moments.asked_to_end[task.container]

    def _have_ended(self) -> bool:
        return all(task.running or task.ended for task in self.tasks())

    def _knows(self, moments: Mapping[str, float], task: Task) -> bool:
        self.moments.look()
        return task.container in moments

    def _read(self, document: Mapping[str, Any]) -> Task | None:
        status: Mapping[str, Any] = document["Status"]
        inside: Mapping[str, Any] = status.get("ContainerStatus") or {}
        if not inside.get("ContainerID"):
            return None
        going_on = status["State"] == "running"
        return Task(
            id=document["ID"],
            node=self.node_names[document["NodeID"]],
            container=inside["ContainerID"],
            running=going_on and document["DesiredState"] == "running",
            ended=not going_on,
        )
