"""Workers that a Swarm runs, on this node as on others."""

from __future__ import annotations

from describing_workers import worker
from fake_engine import Document, FakeEngine, container
from watching_clients import served

SERVICE: Document = {"ID": "s", "Spec": {"Name": "render", "Labels": {"wool.worker": "true"}}}
BY_NAME = {"com.docker.swarm.service.name": "render"}


def task(id: str, address: str, port: int, *, node: str, state: str = "running") -> Document:
    """Return what a manager answers about one task."""
    return {
        "ID": id,
        "ServiceID": "s",
        "NodeID": node,
        "Slot": 1,
        "Status": {"State": state, "ContainerStatus": {"ContainerID": f"c-{id}"}},
        "Spec": {"ContainerSpec": {"Labels": {"wool.port": str(port)}}},
        "NetworksAttachments": [
            {"Network": {"ID": "w", "Spec": {"Name": "wool"}}, "Addresses": [f"{address}/20"]},
        ],
    }


async def test_tasks_of_all_nodes_are_found(engine: FakeEngine) -> None:
    """Those of this node by its containers, the others by what the manager says of them."""
    engine.manages_swarm = True
    engine.services = [SERVICE]
    async with worker("a") as a, worker("b", "127.0.0.3") as b, served(engine) as service:
        labels = {
            "com.docker.swarm.service.name": "render",
            "com.docker.swarm.task.id": "ta",
            "wool.port": str(a.port),
        }
        engine.put(container("c-ta", labels=labels, networks={"wool": "127.0.0.2"}))
        engine.tasks = [
            task("ta", "127.0.0.2", a.port, node="n1"),
            task("tb", "127.0.0.3", b.port, node="n2"),
        ]
        async with service.watched() as client, service.watched(labels=BY_NAME) as named:
            assert set(client.addresses) == {"a", "b"}
            assert client.sources == {"a": "swarm", "b": "swarm"}
            assert client.addresses["b"] == f"127.0.0.3:{b.port}"
            assert set(named.addresses) == {"a", "b"}


async def test_a_service_is_scaled(engine: FakeEngine) -> None:
    """The tasks of other nodes come and go without events."""
    engine.manages_swarm = True
    engine.services = [SERVICE]
    async with worker("a") as a, worker("b", "127.0.0.3") as b, served(engine) as service:
        first = task("ta", "127.0.0.2", a.port, node="n2")
        second = task("tb", "127.0.0.3", b.port, node="n3")
        engine.tasks = [first]
        async with service.watched(network="wool") as client:
            assert set(client.addresses) == {"a"}
            engine.tasks = [first, second]
            await client.until_there("a", "b")
            engine.tasks = [{**first, "Status": {"State": "shutdown"}}, second]
            await client.until_there("b")
            assert client.heard == ["+a", "+b", "-a"]


async def test_the_own_container_of_a_task_counts_not_the_task(engine: FakeEngine) -> None:
    """What the manager still believes of this node does not bring back who has ended."""
    engine.manages_swarm = True
    engine.services = [SERVICE]
    async with worker("a") as a, worker("b", "127.0.0.3") as b, served(engine) as service:
        engine.tasks = [
            task("ta", "127.0.0.2", a.port, node="n1"),
            task("tb", "127.0.0.3", b.port, node="n2"),
        ]
        async with service.watched() as client:
            assert set(client.addresses) == {"b"}
