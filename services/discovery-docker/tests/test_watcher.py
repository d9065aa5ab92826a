"""The watcher, on an Engine that does what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

import pytest
from fake_engine import FakeEngine, container

from wool_discovery_docker.containers import Container
from wool_discovery_docker.watcher import Watcher

WORKER = {"wool.worker": "true"}


class Seen:
    """A view that remembers what it was told."""

    def __init__(self) -> None:
        self.now: dict[str, Container] = {}
        self.changes = 0
        self._changed = asyncio.Condition()

    def is_wanted(self, labels: Mapping[str, str]) -> bool:
        return labels.get("wool.worker") == "true"

    def replace(self, containers: Iterable[Container]) -> None:
        self._set({container.id: container for container in containers})

    def put(self, container: Container) -> None:
        self._set({**self.now, container.id: container})

    def drop(self, container: str) -> None:
        self._set({key: one for key, one in self.now.items() if key != container})

    @property
    def usable(self) -> set[str]:
        return {key for key, one in self.now.items() if not one.problem}

    async def until(self, told: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(told)

    def _set(self, now: dict[str, Container]) -> None:
        self.now = now
        self.changes += 1
        self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def watched(
    engine: FakeEngine, resync: float = 60.0, on_sync: Callable[[str], None] = lambda cause: None
) -> AsyncGenerator[Seen]:
    """Watch *engine* until the block is left."""
    seen = Seen()
    watcher = Watcher(engine.url, seen, resync=resync, on_sync=on_sync)
    running = asyncio.create_task(watcher.run())
    try:
        async with asyncio.timeout(10):
            await watcher.synced.wait()
        await engine.until_opened(1)
        yield seen
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_who_is_there_is_told_first(engine: FakeEngine) -> None:
    """Containers that ran before the watch began are known, others are not."""
    engine.put(container("a", networks={"wool": "10.0.0.2"}))
    engine.put(container("b", labels={"other": "true"}))

    async with watched(engine) as seen:
        assert seen.usable == {"a"}
        assert not any("b" in path for _, path in engine.requests)


async def test_a_duplicate_start_changes_nothing(engine: FakeEngine) -> None:
    """The same event twice leads to the same container once."""
    async with watched(engine) as seen:
        engine.put(container("a"), "start", "start")
        await seen.until(lambda: seen.usable == {"a"})
        engine.emit("start", engine.containers["a"])
        engine.put(container("b"), "start")
        await seen.until(lambda: seen.usable == {"a", "b"})


async def test_one_that_died_before_it_was_looked_at_is_not_there(engine: FakeEngine) -> None:
    """An inspection that finds nothing is a drop, whatever the event said."""
    async with watched(engine) as seen:
        engine.put(container("a"))
        engine.remove("a", "start", "die", "destroy")
        engine.put(container("b"), "start")
        await seen.until(lambda: seen.usable == {"b"})


async def test_one_without_address_yet_is_looked_at_again(engine: FakeEngine) -> None:
    """A start may come before the address; a later event brings it."""
    async with watched(engine) as seen:
        engine.put(container("a", networks={"wool": ""}), "start")
        await seen.until(lambda: "a" in seen.now)
        assert seen.now["a"].attachments[0].addresses == ()
        engine.put(container("a", networks={"wool": "10.0.0.2"}), "health_status: healthy")
        await seen.until(lambda: seen.now["a"].attachments[0].addresses == ("10.0.0.2",))


async def test_health_comes_and_goes(engine: FakeEngine) -> None:
    """A container counts while its health check does not speak against it."""
    async with watched(engine) as seen:
        for health, usable in (
            ("starting", False),
            ("unhealthy", False),
            ("healthy", True),
            ("unhealthy", False),
            ("healthy", True),
        ):
            engine.put(container("a", health=health), f"health_status: {health}")
            wanted = {"a"} if usable else set[str]()
            await seen.until(lambda wanted=wanted: "a" in seen.now and seen.usable == wanted)


async def test_a_pause_is_noticed(engine: FakeEngine) -> None:
    """A paused container is not usable, until it goes on."""
    async with watched(engine) as seen:
        engine.put(container("a"), "start")
        await seen.until(lambda: seen.usable == {"a"})
        engine.put(container("a", status="paused"), "pause")
        await seen.until(lambda: seen.usable == set())
        engine.put(container("a"), "unpause")
        await seen.until(lambda: seen.usable == {"a"})


async def test_a_new_name_is_taken_in(engine: FakeEngine) -> None:
    """A renamed container is the same one."""
    async with watched(engine) as seen:
        engine.put(container("a"), "start")
        await seen.until(lambda: seen.usable == {"a"})
        engine.put({**container("a"), "Name": "/b"}, "rename")
        await seen.until(lambda: seen.now["a"].name == "b")


async def test_events_with_status_are_understood(engine: FakeEngine) -> None:
    """Engines of before API 1.52 say the same in other words as well."""
    engine.events_lack_status = False
    async with watched(engine) as seen:
        engine.put(container("a"), "start")
        await seen.until(lambda: seen.usable == {"a"})


async def test_events_out_of_order_do_not_matter(engine: FakeEngine) -> None:
    """What the container is counts, not the order in which events came."""
    async with watched(engine) as seen:
        engine.put(container("a"), "die", "start", "kill")
        await seen.until(lambda: seen.usable == {"a"})


async def test_a_daemon_that_restarts_drops_nobody(engine: FakeEngine) -> None:
    """While the Engine is away all stay; afterwards what has changed is told."""
    engine.put(container("a"))
    engine.put(container("b"))
    async with watched(engine) as seen:
        await engine.stop()
        changes = seen.changes
        engine.remove("b")
        engine.put(container("c"))
        assert seen.usable == {"a", "b"}
        assert seen.changes == changes
        await engine.start()
        await seen.until(lambda: seen.usable == {"a", "c"})


@pytest.mark.parametrize("politely", [True, False])
async def test_a_cut_stream_drops_nobody(engine: FakeEngine, politely: bool) -> None:
    """Proxies end streams every ten minutes: that is no failure, and all is listed again."""
    causes: list[str] = []
    engine.put(container("a"))
    async with watched(engine, on_sync=causes.append) as seen:
        lists = engine.lists
        engine.cut_streams(politely=politely)
        await engine.until_opened(2)
        await engine.until_listed(lists + 1)
        engine.put(container("b"), "start")
        await seen.until(lambda: seen.usable == {"a", "b"})
    assert causes == ["start", "stream_ended"]


async def test_more_events_than_are_remembered_may_be_missed(engine: FakeEngine) -> None:
    """What happened in a gap is found by listing, however much it was."""
    async with watched(engine) as seen:
        engine.swallowed = True
        for number in range(300):
            engine.put(container(f"c{number}"), "start")
        engine.swallowed = False
        engine.cut_streams()
        await seen.until(lambda: len(seen.usable) == 300)


async def test_a_silently_lost_event_is_made_up_for(engine: FakeEngine) -> None:
    """An Engine drops events for slow readers without a word; the next list finds out."""
    async with watched(engine, resync=0.2) as seen:
        engine.swallowed = True
        engine.put(container("a"), "start")
        await seen.until(lambda: seen.usable == {"a"})
        engine.remove("a", "die", "destroy")
        await seen.until(lambda: seen.usable == set())


async def test_a_storm_of_events_costs_a_list(engine: FakeEngine) -> None:
    """Many containers at once are listed, not asked for one event at a time."""
    async with watched(engine) as seen:
        for number in range(200):
            one = container(f"c{number}")
            engine.put(one, "start", "health_status: starting", "health_status: healthy")
        await seen.until(lambda: len(seen.usable) == 200)
        inspections = [p for _, p in engine.requests if p.endswith("/json") and "/c" in p]
        assert len(inspections) <= 3 * 200


async def test_nothing_but_get_is_asked(engine: FakeEngine) -> None:
    """A proxy that lets only GET through is enough."""
    engine.put(container("a"))
    async with watched(engine) as seen:
        engine.put(container("b"), "start")
        await seen.until(lambda: seen.usable == {"a", "b"})
    assert {method for method, _ in engine.requests} == {"GET"}


@pytest.mark.parametrize("denied", [{"info"}, {"tasks"}, {"services"}, {"tasks", "services"}])
async def test_what_a_proxy_keeps_from_us_is_done_without(
    engine: FakeEngine, denied: set[str]
) -> None:
    """A proxy that does not let Swarm through still lets containers be found."""
    engine.manages_swarm = True
    engine.denied = frozenset(denied)
    engine.put(container("a"))
    async with watched(engine) as seen:
        assert seen.usable == {"a"}


async def test_a_connected_network_is_noticed(engine: FakeEngine) -> None:
    """The event of a network has its container looked at again, where that is a known one."""
    engine.put(container("a", networks={"wool": "10.0.0.2"}))
    async with watched(engine) as seen:
        engine.put(container("a", networks={"wool": "10.0.0.2", "back": "10.1.0.2"}))
        engine.emit_network("connect", "back", "a")
        engine.emit_network("connect", "back", "stranger")
        await seen.until(lambda: len(seen.now["a"].attachments) == 2)
        assert not any("stranger" in path for _, path in engine.requests)


async def test_what_is_asked_for_anew_is_listed_anew(engine: FakeEngine) -> None:
    """Whoever waits for a list is served by one that begins afterwards, however often it fails."""
    causes: list[str] = []
    seen = Seen()
    watcher = Watcher(engine.url, seen, resync=0.1, on_sync=causes.append)
    running = asyncio.create_task(watcher.run())
    async with asyncio.timeout(10):
        await watcher.synced.wait()
        await watcher.listed()
        await engine.stop()
        engine.put(container("a"))
        waiting = asyncio.create_task(watcher.listed())
        while not (watcher.problem and watcher.is_stale()):
            await asyncio.sleep(0.01)
        assert "cannot be reached" in watcher.problem
        assert not waiting.done()
        await engine.start()
        await waiting
        assert seen.usable == {"a"}
        assert not watcher.is_stale()
        assert watcher.problem == ""
    running.cancel()
    await asyncio.wait([running])
    assert causes[0] == "start"
    assert {"asked", "engine_failed"} < set(causes)


async def test_an_engine_that_makes_no_sense_is_asked_again(engine: FakeEngine) -> None:
    """What nobody foresaw is logged, and the watch goes on."""
    engine.put(container("a"))
    engine.summaries_are_odd = True
    seen = Seen()
    watcher = Watcher(engine.url, seen)
    running = asyncio.create_task(watcher.run())
    await engine.until_listed(2)
    engine.summaries_are_odd = False
    async with asyncio.timeout(10):
        await watcher.synced.wait()
    running.cancel()
    await asyncio.wait([running])
    assert seen.usable == {"a"}
