"""What clients hear while containers come, change and go."""

from __future__ import annotations

import socket

import pytest
from describing_workers import Worker, worker
from fake_engine import Document, FakeEngine, container
from watching_clients import served


def running(id: str, one: Worker, address: str = "127.0.0.2", **given: object) -> Document:
    """Return the container *id*, in which *one* listens at *address* of the network `wool`."""
    facts: dict[str, object] = {"labels": one.labels, "networks": {"wool": address}, **given}
    return container(id, **facts)  # pyright: ignore[reportArgumentType]


async def test_who_is_there_comes_first_and_complete(engine: FakeEngine) -> None:
    """The first response holds everybody, and says that these are all."""
    async with worker("a") as a, worker("b") as b, served(engine) as service:
        engine.put(running("ca", a))
        engine.put(running("cb", b))
        async with service.watched() as client:
            assert len(client.responses) == 1
            assert set(client.addresses) == {"a", "b"}
            assert client.addresses["a"] == f"127.0.0.2:{a.port}"
            assert client.sources == {"a": "docker", "b": "docker"}


async def test_nobody_is_an_answer_too(engine: FakeEngine) -> None:
    """An empty full set is told at once."""
    async with served(engine) as service, service.watched() as client:
        assert client.synced == 1
        assert client.heard == []


async def test_a_duplicate_start_adds_once(engine: FakeEngine) -> None:
    """The same event twice is one worker, added once."""
    async with worker("a") as a, served(engine) as service, service.watched() as client:
        engine.put(running("ca", a), "start", "start")
        await client.until_there("a")
        engine.emit("start", engine.containers["ca"])
        async with worker("b") as b:
            engine.put(running("cb", b), "start")
            await client.until_there("a", "b")
        assert client.heard[:2] == ["+a", "+b"]


async def test_one_that_died_before_it_was_looked_at_is_never_told(engine: FakeEngine) -> None:
    """An inspection that answers 404 is no worker."""
    async with (
        worker("a") as a,
        worker("b") as b,
        served(engine) as service,
        service.watched() as client,
    ):
        engine.put(running("ca", a))
        engine.remove("ca", "start", "die", "destroy")
        engine.put(running("cb", b), "start")
        await client.until_there("b")
        assert client.heard == ["+b"]


async def test_one_without_address_is_added_once_it_has_one(engine: FakeEngine) -> None:
    """The address may come after the start, with the event of the network."""
    async with worker("a") as a, served(engine) as service, service.watched() as client:
        engine.put(running("ca", a, ""), "start")
        async with worker("b") as b:
            engine.put(running("cb", b), "start")
            await client.until_there("b")
        engine.put(running("ca", a))
        engine.emit_network("connect", "wool", "ca")
        await client.until(lambda: "a" in client.addresses)


async def test_a_container_on_two_networks_is_one_worker(engine: FakeEngine) -> None:
    """It is one member, and whoever names a network gets the address there."""
    async with worker("a", "0.0.0.0") as a, served(engine) as service:
        networks = {"front": "127.0.0.3", "back": "127.0.0.4"}
        engine.put(container("ca", labels=a.labels, networks=networks))
        async with (
            service.watched() as anyhow,
            service.watched(network="back") as behind,
            service.watched(network="side") as aside,
        ):
            assert anyhow.addresses == {"a": f"127.0.0.3:{a.port}"}
            assert behind.addresses == {"a": f"127.0.0.4:{a.port}"}
            assert aside.addresses == {}


async def test_of_two_networks_the_one_that_answers_counts(engine: FakeEngine) -> None:
    """A worker that listens on one network alone is found there."""
    async with worker("a", "127.0.0.4") as a, served(engine) as service:
        networks = {"front": "127.0.0.3", "back": "127.0.0.4"}
        engine.put(container("ca", labels=a.labels, networks=networks))
        async with service.watched() as client:
            assert client.addresses == {"a": f"127.0.0.4:{a.port}"}


async def test_a_network_is_found_without_its_project(engine: FakeEngine) -> None:
    """What Compose puts before the name may be left out."""
    async with worker("a") as a, served(engine) as service:
        labels = {**a.labels, "com.docker.compose.project": "shop"}
        engine.put(container("ca", labels=labels, networks={"shop_wool": "127.0.0.2"}))
        async with service.watched(network="wool") as client:
            assert set(client.addresses) == {"a"}


async def test_the_service_may_keep_to_one_network(engine: FakeEngine) -> None:
    """With a network of its own it finds those on it alone, at their address there."""
    async with worker("a", "0.0.0.0") as a, served(engine, network="back") as service:
        networks = {"front": "127.0.0.3", "back": "127.0.0.4"}
        engine.put(container("ca", labels=a.labels, networks=networks))
        engine.put(container("cb", labels=a.labels, networks={"front": "127.0.0.5"}))
        async with service.watched() as client:
            assert client.addresses == {"a": f"127.0.0.4:{a.port}"}


async def test_health_adds_and_drops(engine: FakeEngine) -> None:
    """A worker is there while the health check of its container does not speak against it."""
    async with worker("a") as a, served(engine) as service, service.watched() as client:
        for health, there in (
            ("starting", []),
            ("unhealthy", []),
            ("healthy", ["a"]),
            ("unhealthy", []),
            ("healthy", ["a"]),
        ):
            engine.put(running("ca", a, health=health), f"health_status: {health}")
            await client.until_there(*there)
        assert client.heard == ["+a", "-a", "+a"]


async def test_a_new_name_changes_nothing(engine: FakeEngine) -> None:
    """A renamed container holds the same worker."""
    async with worker("a") as a, worker("b") as b, served(engine) as service:
        engine.put(running("ca", a))
        async with service.watched() as client:
            engine.put({**running("ca", a), "Name": "/other"}, "rename")
            engine.put(running("cb", b), "start")
            await client.until_there("a", "b")
            assert client.heard == ["+a", "+b"]


async def test_a_pause_drops_until_it_is_over(engine: FakeEngine) -> None:
    """A paused worker can do nothing."""
    async with worker("a") as a, served(engine) as service, service.watched() as client:
        engine.put(running("ca", a), "start")
        await client.until_there("a")
        engine.put(running("ca", a, status="paused"), "pause")
        await client.until_there()
        engine.put(running("ca", a), "unpause")
        await client.until_there("a")


async def test_a_daemon_that_restarts_drops_nobody(engine: FakeEngine) -> None:
    """While the Engine is away all stay; what has changed meanwhile is told afterwards."""
    async with worker("a") as a, worker("b") as b, worker("c") as c, served(engine) as service:
        engine.put(running("ca", a))
        engine.put(running("cb", b))
        async with service.watched() as client:
            await engine.stop()
            engine.remove("cb")
            engine.put(running("cc", c))
            await engine.start()
            await client.until_there("a", "c")
            assert client.heard.count("-a") == 0
            assert client.heard[2:] in (["-b", "+c"], ["+c", "-b"])


async def test_a_cut_stream_drops_nobody(engine: FakeEngine) -> None:
    """A stream that a proxy cuts is opened again, and nobody hears of that."""
    async with worker("a") as a, worker("b") as b, served(engine) as service:
        engine.put(running("ca", a))
        async with service.watched() as client:
            engine.cut_streams()
            await engine.until_opened(2)
            engine.put(running("cb", b), "start")
            await client.until_there("a", "b")
            assert client.heard == ["+a", "+b"]


async def test_more_events_than_are_remembered_may_be_missed(engine: FakeEngine) -> None:
    """Whoever came and went in a gap of over 256 events is found out by listing."""
    async with worker("a") as a, worker("b") as b, served(engine) as service:
        engine.put(running("ca", a))
        async with service.watched() as client:
            engine.swallowed = True
            engine.remove("ca", "die", "destroy")
            engine.put(running("cb", b), "start")
            for _ in range(300):
                engine.emit("health_status: healthy", engine.containers["cb"])
            engine.swallowed = False
            engine.cut_streams()
            await client.until_there("b")


async def test_events_out_of_order_do_not_matter(engine: FakeEngine) -> None:
    """What the container is counts."""
    async with worker("a") as a, served(engine) as service, service.watched() as client:
        engine.put(running("ca", a), "die", "start", "kill")
        await client.until_there("a")
        assert client.heard == ["+a"]


async def test_a_container_that_took_the_address_of_another_is_a_new_worker(
    engine: FakeEngine,
) -> None:
    """The former worker is dropped before the new one is added at the same address."""
    async with served(engine) as service, service.watched() as client:
        async with worker("a") as a:
            port = a.port
            engine.put(running("ca", a), "start")
            await client.until_there("a")
            engine.swallowed = True
            engine.remove("ca", "die", "destroy")  # nobody hears of it
            engine.swallowed = False
        async with worker("b", port=port) as b:
            engine.put(running("cb", b), "start")
            await client.until_there("b")
            assert client.heard == ["+a", "-a", "+b"]
            assert client.addresses == {"b": f"127.0.0.2:{port}"}


async def test_a_restarted_container_is_a_new_worker(engine: FakeEngine) -> None:
    """Another run of a container, at the same address, holds another worker."""
    async with worker("a") as a, served(engine) as service, service.watched() as client:
        engine.put(running("ca", a), "start")
        await client.until_there("a")
        a.metadata = type(a.metadata)(uid=type(a.metadata.uid)("b"), address=a.metadata.address)
        engine.put(running("ca", a, began="2026-01-01T00:01:00Z"), "die", "start")
        await client.until_there("b")
        assert client.heard == ["+a", "-a", "+b"]


async def test_a_container_without_the_label_is_nobody(engine: FakeEngine) -> None:
    """It is not even looked at, though a worker is in it."""
    async with worker("a") as a, served(engine) as service:
        engine.put(running("ca", a, labels={"wool.port": str(a.port)}))
        async with service.watched() as client:
            assert client.addresses == {}
        assert not any("ca" in path for _, path in engine.requests)


async def test_a_wrong_port_is_nobody(engine: FakeEngine) -> None:
    """A container in which no worker answers where its label says does not count."""
    async with worker("a") as a, served(engine) as service:
        with socket.create_server(("127.0.0.2", 0)) as mute:
            labels = {**a.labels, "wool.port": str(mute.getsockname()[1])}
            engine.put(running("mute", a, labels=labels))
            engine.put(running("shut", a, labels={**a.labels, "wool.port": "1"}))
            async with service.watched() as client:
                assert client.addresses == {}


async def test_ipv6_alone_is_enough(engine: FakeEngine) -> None:
    """A container with nothing but an IPv6 address is reached there."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as exc:
        pytest.skip(f"this machine has no IPv6: {exc}")
    async with worker("a", "[::1]") as a, served(engine) as service:
        engine.put(running("ca", a, "::1"))
        async with service.watched() as client:
            assert client.addresses == {"a": f"[::1]:{a.port}"}


async def test_on_the_network_of_the_host_it_is_reached_at_the_host(engine: FakeEngine) -> None:
    """Such a container has no address of its own."""
    async with worker("a", "127.0.0.1") as a, served(engine) as service:
        engine.put(container("ca", labels=a.labels, network_mode="host"))
        async with service.watched() as client:
            assert client.addresses == {"a": f"localhost:{a.port}"}


async def test_events_of_older_engines_are_understood(engine: FakeEngine) -> None:
    """They say the same in other words as well."""
    engine.events_lack_status = False
    async with worker("a") as a, served(engine) as service, service.watched() as client:
        engine.put(running("ca", a), "start")
        await client.until_there("a")


async def test_a_worker_that_drains_is_dropped(engine: FakeEngine) -> None:
    """Its container still runs, but it takes no tasks."""
    async with worker("a") as a, served(engine) as service:
        engine.put(running("ca", a))
        async with service.watched() as client:
            a.draining = True
            await client.until_there()


async def test_a_worker_that_ends_without_a_word_is_dropped(engine: FakeEngine) -> None:
    """It is noticed although the Engine tells of nothing, as on a node that was cut off."""
    async with served(engine) as service:
        async with worker("a") as a:
            engine.put(running("ca", a))
            async with service.watched() as client:
                assert set(client.addresses) == {"a"}
        async with service.watched() as client:
            await client.until_there()
