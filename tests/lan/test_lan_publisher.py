"""What the publisher says to whoever uses it, on the loopback interface alone."""

from __future__ import annotations

import asyncio
import logging
import pickle
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any, cast
from uuid import uuid4

import pytest

from wool_common.discovery.lan import LanDiscovery, LanPublisher, LanSubscriber
from wool_common.discovery.lan_addresses import literal
from wool_common.discovery.lan_records import label
from wool_common.discovery.lan_zeroconf import Air, Announcement
from wool_common.discovery.protocols import DiscoveryEvent
from wool_common.errors import DiscoveryError, LoopbackAdvertisementWarning
from wool_common.metadata import WorkerId, WorkerMetadata

HERE = ["127.0.0.1"]

ALICE = WorkerMetadata(uid=WorkerId("alice"), address="127.0.0.1:1", pid=7)


@pytest.fixture
def namespace() -> str:
    """Return a namespace that no other test uses."""
    return uuid4().hex


@contextmanager
def logged() -> Generator[asyncio.Queue[str]]:
    """Yield the lines that are logged meanwhile."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    handler = logging.Handler()
    handler.emit = lambda record: lines.put_nowait(record.getMessage())
    logging.getLogger("wool").addHandler(handler)
    yield lines
    logging.getLogger("wool").removeHandler(handler)


@asynccontextmanager
async def hearing(namespace: str) -> AsyncGenerator[AsyncIterator[DiscoveryEvent]]:
    """Hear what is announced on the loopback interface."""
    events = aiter(LanSubscriber(namespace, interfaces=HERE))
    async with aclosing(cast("Any", events)), asyncio.timeout(20):
        yield events


async def test_a_worker_nobody_else_reaches_is_announced_here_alone(namespace: str) -> None:
    """A warning says so and what to do; programs on this machine find it."""
    async with LanPublisher(namespace) as publisher, hearing(namespace) as events:
        with pytest.warns(LoopbackAdvertisementWarning, match=r"alice .* on 127.0.0.1:1, so only"):
            await publisher.publish("worker-added", ALICE)

        assert await anext(events) == DiscoveryEvent("worker-added", ALICE)


async def test_who_asks_for_the_loopback_interface_is_not_warned(namespace: str) -> None:
    """An explicit wish is no mistake."""
    async with LanPublisher(namespace, interfaces=HERE) as publisher:
        await publisher.publish("worker-added", ALICE)


async def told_host(host: str) -> str:
    """Return *host*, a little later."""
    await asyncio.sleep(0)
    return host


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("192.0.2.9", id="address"),
        pytest.param(lambda: "192.0.2.9", id="function"),
        pytest.param(lambda: told_host("192.0.2.9"), id="coroutine function"),
    ],
)
async def test_the_host_to_advertise_may_be_computed(namespace: str, host: Any) -> None:
    """A function is called off the loop, and what it returns is awaited if need be."""
    publisher = LanPublisher(namespace, advertise_host=host, interfaces=HERE)
    async with publisher, hearing(namespace) as events:
        await publisher.publish("worker-added", replace(ALICE, address="0.0.0.0:9"))

        assert (await anext(events)).metadata.address == "192.0.2.9:9"


async def test_what_a_function_returns_is_checked(namespace: str) -> None:
    """It is held to the rules for a host that is given plainly."""
    async with LanPublisher(namespace, advertise_host=lambda: "0.0.0.0", interfaces=HERE) as one:
        with pytest.raises(ValueError, match=r"advertise_host: nobody can dial 0\.0\.0\.0"):
            await one.publish("worker-added", ALICE)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "a b"])
def test_hosts_nobody_can_dial_are_refused_at_once(host: str) -> None:
    """They are told before anything is announced."""
    with pytest.raises(ValueError, match="advertise_host"):
        LanDiscovery(advertise_host=host)


async def test_a_name_without_address_is_told(namespace: str) -> None:
    """The error names it."""
    host = "no-such-machine.invalid"
    async with LanPublisher(namespace, advertise_host=host, interfaces=HERE) as publisher:
        with pytest.raises(DiscoveryError, match=r"no-such-machine\.invalid has no address"):
            await publisher.publish("worker-added", ALICE)


async def test_a_worker_on_a_socket_cannot_be_announced(namespace: str) -> None:
    """The error says what would do."""
    async with LanPublisher(namespace, interfaces=HERE) as publisher:
        with pytest.raises(DiscoveryError, match=r"unix:/run/a\.sock cannot be announced"):
            await publisher.publish("worker-added", replace(ALICE, address="unix:/run/a.sock"))


async def test_a_publisher_is_entered_first() -> None:
    """The error shows how."""
    with pytest.raises(DiscoveryError, match="async with LanPublisher"):
        await LanPublisher().publish("worker-added", ALICE)


async def test_interfaces_that_are_not_there_are_told() -> None:
    """The error names them, when announcing and when listening."""
    with pytest.raises(DiscoveryError, match="wlan77"):
        await LanPublisher(interfaces=["wlan77"]).__aenter__()
    with pytest.raises(DiscoveryError, match="wlan77"):
        await anext(aiter(LanSubscriber(interfaces=["wlan77"])))


async def test_whoever_leaves_last_takes_everything_back(namespace: str) -> None:
    """A publisher may be entered by several, and again after all have left."""
    publisher = LanPublisher(namespace, interfaces=HERE)
    async with hearing(namespace) as events:
        for _ in range(2):
            async with publisher:
                async with publisher:
                    await publisher.publish("worker-added", ALICE)
                assert await anext(events) == DiscoveryEvent("worker-added", ALICE)
                changed = replace(ALICE, pid=8)
                await publisher.publish("worker-updated", changed)
                assert await anext(events) == DiscoveryEvent("worker-updated", changed)
            assert await anext(events) == DiscoveryEvent("worker-dropped", changed)


async def test_two_workers_of_one_uid_are_told(
    namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each publisher says in one line that somebody else uses the uid."""
    async with (
        hearing(namespace) as events,
        LanPublisher(namespace, interfaces=HERE) as one,
        LanPublisher(namespace, interfaces=HERE) as two,
    ):
        await one.publish("worker-added", ALICE)
        await anext(events)

        await two.publish("worker-added", replace(ALICE, pid=8))
        await anext(events)

    assert "somebody else announces a worker alice" in caplog.text


@pytest.mark.parametrize(
    ("uid", "text", "reason"),
    [
        ("alice", b"\x03w=9", "does not say w=1"),
        ("alice", b'\x03w=1\x05j0={"', "not JSON"),
        ("mallory", b"", "is not that of its uid"),
    ],
)
async def test_what_is_no_worker_is_ignored_with_one_line(
    namespace: str, uid: str, text: bytes, reason: str
) -> None:
    """Malformed records, and those under the name of another, disturb nobody."""
    truth = b'j0={"uid":"alice","ns":"%s","pid":1,"version":"1","python":"3","protocol":1}'
    piece = truth % namespace.encode()
    false = Announcement(
        label=label(uid, namespace),
        port=1,
        addresses=tuple(filter(None, [literal("127.0.0.1")])),
        text=text or b"\x03w=1" + bytes([len(piece)]) + piece,
        lifetime=15,
    )
    air = await Air.open(HERE)
    bob = replace(ALICE, uid=WorkerId("bob"))
    try:
        async with hearing(namespace) as events:
            listener = asyncio.ensure_future(anext(events))
            with logged() as lines:
                await air.announce(false, again=False)
                line = await lines.get()
                async with LanPublisher(namespace, interfaces=HERE) as publisher:
                    await publisher.publish("worker-added", bob)

                    assert await listener == DiscoveryEvent("worker-added", bob)
    finally:
        await air.aclose()

    assert "somebody announces what is no worker" in line
    assert reason in line
    assert lines.empty()


def test_a_discovery_crosses_to_other_processes() -> None:
    """What is unpickled finds the same workers."""
    copy = pickle.loads(pickle.dumps(LanDiscovery("red", interfaces=HERE)))

    assert repr(copy) == "LanDiscovery('red')"
    assert copy.interfaces == HERE


def test_a_missing_library_is_told_with_what_to_install() -> None:
    """The one place that needs zeroconf names the extra."""
    hidden = (
        "import sys; sys.modules['zeroconf'] = None\n"
        "try: import wool_common.discovery.lan\n"
        "except ImportError as exc: print(exc)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, check=True
    )

    assert said.stdout == "LanDiscovery needs an extra: pip install 'wool[lan]'\n"
