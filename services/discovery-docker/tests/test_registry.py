"""What is believed where several have found the same worker, or another at its address."""

from __future__ import annotations

from dataclasses import replace

from wool_common.metadata import WorkerId, WorkerMetadata
from wool_discovery_docker.registry import Registry
from wool_discovery_docker.wishes import BASE, Entry, Wish

ADA = WorkerMetadata(uid=WorkerId("ada"), address="10.0.0.1:1")
BEN = WorkerMetadata(uid=WorkerId("ben"), address="10.0.0.2:1")


class Counted:
    """Counts as metrics do."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.numbers: dict[str, int] = {}

    def event(self, source: str, type: str) -> None:
        self.events.append((source, type))

    def workers(self, source: str, number: int) -> None:
        self.numbers[source] = number


def found(source: str, worker: WorkerMetadata, namespace: str = "") -> Entry:
    return Entry(source=source, worker=worker, namespace=namespace)


def test_the_better_source_is_believed() -> None:
    """Of two that have found a worker one is believed; when it goes, the other is."""
    registry = Registry(BASE)
    with registry.select(Wish()) as selection:
        registry.put("x", found("dns", replace(ADA, address="ada.example:1")))
        registry.put("y", found("docker", ADA))
        assert selection.board.members == (ADA,)
        assert selection.sources == {"ada": "docker"}
        registry.drop("docker", "y")
        assert [one.address for one in selection.board.members] == ["ada.example:1"]
        registry.drop("dns", "x")
        assert selection.board.members == ()
        assert selection.sources == {}


def test_a_wish_is_served_by_whichever_source_fits() -> None:
    """A worker that a better source shows elsewhere is shown where a worse one says."""
    registry = Registry(BASE)
    registry.put("x", found("lan", ADA, namespace="blue"))
    registry.put("y", found("docker", ADA))

    with registry.select(Wish(namespace="blue")) as selection:
        assert selection.sources == {"ada": "lan"}


def test_one_address_leads_to_one_worker() -> None:
    """Who has answered there last is there, whoever was before."""
    registry = Registry(BASE)
    with registry.select(Wish()) as selection:
        registry.put("x", found("docker", ADA))
        registry.put("y", found("docker", replace(BEN, address=ADA.address)))
        assert [one.uid for one in selection.board.members] == ["ben"]
        registry.put("x", found("docker", replace(ADA, address="10.0.0.3:1")))
        assert {one.uid for one in selection.board.members} == {"ada", "ben"}


def test_who_was_not_asked_displaces_nobody() -> None:
    """A record on the network is believed less than an answer."""
    registry = Registry(BASE)
    with registry.select(Wish()) as selection:
        registry.put("x", found("docker", ADA))
        registry.put("y", found("lan", replace(BEN, address=ADA.address)))
        assert {one.uid for one in selection.board.members} == {"ada", "ben"}


def test_another_worker_under_the_same_key_is_a_drop_first() -> None:
    """The key's former worker is gone before the new one is there."""
    counted = Counted()
    registry = Registry(BASE, counted)
    registry.put("x", found("docker", ADA))
    registry.put("x", found("docker", BEN))
    registry.put("x", found("docker", BEN))
    registry.drop("docker", "x")
    registry.drop("docker", "x")

    events = ["added", "updated", "dropped"]
    assert counted.events == [("docker", event) for event in events]
    assert counted.numbers == {"docker": 0}


def test_wishes_that_nobody_has_any_more_are_forgotten() -> None:
    """Labels are wanted for as long as somebody asks for them."""
    registry = Registry(BASE)
    labels = (("team", "render"),)
    with registry.select(Wish(labels=labels)), registry.select(Wish(labels=labels)):
        assert registry.is_wanted({"team": "render"})
    assert not registry.is_wanted({"team": "render"})
    assert registry.is_wanted({"wool.worker": "true"})
