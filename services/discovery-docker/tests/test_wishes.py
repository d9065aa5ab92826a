"""Clients that ask for some workers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from describing_workers import worker
from fake_engine import FakeEngine, container
from logged_lines import Lines
from watching_clients import served

from wool_discovery_docker.containers import read_container
from wool_discovery_docker.networks import doubts

SERVICE = "com.docker.swarm.service.name"


async def test_labels_of_ones_own_find_other_containers(engine: FakeEngine) -> None:
    """Containers that nobody asked for before are looked for before the set is complete."""
    async with worker("a") as a, worker("b") as b, served(engine) as service:
        networks = {"wool": "127.0.0.2"}
        mine = {"team": "render", "wool.port": str(b.port)}
        engine.put(container("ca", labels=a.labels, networks=networks))
        engine.put(container("cb", labels=mine, networks=networks))
        async with (
            service.watched() as anybody,
            service.watched(labels={"team": "render"}) as one,
            service.watched(labels={"team": "art"}) as nobody,
        ):
            assert set(anybody.addresses) == {"a"}
            assert set(one.addresses) == {"b"}
            assert nobody.addresses == {}
            labels = {"team": "render", "wool.port": str(a.port)}
            engine.put(container("cc", labels=labels, networks=networks), "start")
            await one.until_there("a", "b")
            assert anybody.heard == ["+a"]


async def test_labels_of_the_services_own_choice(engine: FakeEngine) -> None:
    """A service that was told other labels finds others without being asked for them."""
    async with worker("a") as a, served(engine, labels={"team": "render"}) as service:
        networks = {"wool": "127.0.0.2"}
        labels = {"team": "render", "wool.port": str(a.port)}
        engine.put(container("ca", labels=labels, networks=networks))
        engine.put(container("cb", labels=a.labels, networks=networks))
        async with service.watched() as client:
            assert set(client.addresses) == {"a"}
        assert not any("cb" in path for _, path in engine.requests)


async def test_namespaces_and_tags(engine: FakeEngine) -> None:
    """Only those of the namespace, and with one of the tags, are told."""
    async with (
        worker("a", tags=frozenset({"gpu"})) as a,
        worker("b", tags=frozenset({"cpu"})) as b,
        served(engine) as service,
    ):
        networks = {"wool": "127.0.0.2"}
        named = {**a.labels, "wool.namespace": "blue"}
        engine.put(container("ca", labels=named, networks=networks))
        engine.put(container("cb", labels=b.labels, networks=networks))
        async with (
            service.watched(namespace="blue") as blue,
            service.watched(namespace="red") as red,
            service.watched(tags=["gpu", "tpu"]) as strong,
        ):
            assert set(blue.addresses) == {"a"}
            assert red.addresses == {}
            assert set(strong.addresses) == {"a"}
            b.metadata = replace(b.metadata, tags=frozenset({"tpu"}))
            await strong.until_there("a", "b")


async def test_a_network_in_doubt_is_logged_once(engine: FakeEngine, logged: Lines) -> None:
    """A name that several projects have put something before is probably not what is meant."""
    async with worker("a") as a, served(engine) as service:
        for project in ("bank", "shop"):
            labels = {**a.labels, "com.docker.compose.project": project}
            networks = {f"{project}_wool": "127.0.0.2"}
            engine.put(container(f"c-{project}", labels=labels, networks=networks))
        for _ in range(2):
            async with service.watched(network="wool"):
                pass
    doubtful = [line for line in logged() if line["event"] == "network_in_doubt"]
    assert [(line["wanted"], line["found"]) for line in doubtful] == [
        ("wool", ["bank_wool", "shop_wool"])
    ]


@pytest.mark.parametrize(
    ("containers", "meant"),
    [
        ([("shop", "shop_wool")], ()),
        ([("shop", "shop_wool"), ("bank", "bank_wool")], ("bank_wool", "shop_wool")),
        ([("shop", "shop_wool"), ("", "wool")], ()),
        ([("", "shop_wool")], ("shop_wool",)),
        ([("", "other")], ()),
        ([], ()),
    ],
)
def test_when_a_network_is_in_doubt(
    containers: list[tuple[str, str]], meant: tuple[str, ...]
) -> None:
    """It is not where something is called so, or one project alone has it."""
    found = [
        read_container(
            container(
                f"c{number}",
                labels={"com.docker.compose.project": project} if project else {},
                networks={network: "10.0.0.2"},
            )
        )
        for number, (project, network) in enumerate(containers)
    ]

    assert doubts("wool", found) == meant
