"""Following a discovery, whatever it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from found_workers import Guests, event, worker

from wool.runtime.worker.follower import Follower
from wool.testing import FakeDiscovery
from wool_common.discovery.protocols import DiscoveryEvent

Script = Callable[[], AsyncIterator[Any]]


class Scripted:
    """A subscriber whose iterations follow one script each; the last one is repeated."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self.iterations = 0

    def __aiter__(self) -> AsyncIterator[DiscoveryEvent]:
        self.iterations += 1
        return self._scripts[min(self.iterations, len(self._scripts)) - 1]()


async def for_ever() -> None:
    await asyncio.Event().wait()


@asynccontextmanager
async def following(subscriber: Any, guests: Guests, **more: Any) -> AsyncGenerator[Follower]:
    follower = Follower(subscriber, guests, pauses=(0.0,), **more)
    follower.start()
    try:
        yield follower
    finally:
        await follower.aclose()


async def test_members_are_who_the_discovery_knows() -> None:
    """Those there already join first; then it goes on."""
    guests, discovery = Guests(), FakeDiscovery(worker("a"))

    async with following(discovery.subscriber, guests):
        await guests.until("a")
        await discovery.publish("worker-added", worker("b"))
        await guests.until("a", "b")
        await discovery.publish("worker-dropped", worker("a"))
        await guests.until("b")

    assert discovery.subscriptions == 0


async def test_the_end_does_not_make_them_leave() -> None:
    """Who stops following says nothing about the workers; closing twice is fine."""
    guests = Guests()

    async with following(FakeDiscovery(worker("a")).subscriber, guests) as follower:
        await guests.until("a")
        await follower.aclose()

    assert guests.log == ["+a"]


async def test_a_subscription_that_fails_is_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    """Members are kept meanwhile, and the log has one line however often it fails."""

    async def fails() -> AsyncGenerator[DiscoveryEvent]:
        yield event("worker-added", "a")
        raise OSError("the network is down")

    async def fails_at_once() -> AsyncGenerator[DiscoveryEvent]:
        raise OSError("the network is down")
        yield

    async def works() -> AsyncGenerator[DiscoveryEvent]:
        yield event("worker-added", "b")
        await for_ever()

    guests, subscriber = Guests(), Scripted(fails, fails_at_once, fails_at_once, works)

    with caplog.at_level(logging.WARNING, logger="wool"):
        async with following(subscriber, guests):
            await guests.until("a", "b")

    assert guests.log == ["+a", "+b"]
    assert [r.getMessage() for r in caplog.records] == [
        "the subscriber Scripted failed with OSError: the network is down;"
        " known workers are kept, and it is asked again"
    ]


async def test_a_subscription_that_ends_is_begun_again() -> None:
    """An iteration has no end of its own; nor is one over that cancels itself."""

    async def ends() -> AsyncGenerator[DiscoveryEvent]:
        yield event("worker-added", "a")

    async def cancels_itself() -> AsyncGenerator[DiscoveryEvent]:
        raise asyncio.CancelledError
        yield

    async def works() -> AsyncGenerator[DiscoveryEvent]:
        yield event("worker-added", "b")
        await for_ever()

    guests = Guests()

    async with following(Scripted(ends, cancels_itself, works), guests):
        await guests.until("a", "b")


async def test_a_lost_one_that_is_not_told_of_again_leaves() -> None:
    """Those that can be used stay, though nobody tells of them."""

    async def before() -> AsyncGenerator[DiscoveryEvent]:
        yield event("worker-added", "lost")
        yield event("worker-added", "usable")
        yield event("worker-added", "told-again")

    async def after() -> AsyncGenerator[DiscoveryEvent]:
        yield event("worker-added", "told-again")
        await for_ever()

    guests = Guests()

    def lost(uid: str) -> bool:
        return uid != "usable"

    async with following(Scripted(before, after), guests, lost=lost, grace=0.01):
        await guests.until("usable", "told-again")

    assert guests.log == ["+lost", "+usable", "+told-again", "-lost"]


async def test_garbage_does_not_end_a_subscription() -> None:
    """What comes after it is heard."""

    async def garbage() -> AsyncGenerator[Any]:
        yield None
        yield event("worker-added", "a")
        await for_ever()

    guests, subscriber = Guests(), Scripted(garbage)

    async with following(subscriber, guests):
        await guests.until("a")

    assert subscriber.iterations == 1


async def test_the_loop_lives_though_a_discovery_never_awaits() -> None:
    """Events without end leave others their turn."""

    async def flood() -> AsyncGenerator[DiscoveryEvent]:
        while True:
            yield event("worker-added", "a")

    guests = Guests()

    async with following(Scripted(flood), guests):
        await guests.until("a")


async def test_a_subscriber_that_dials_gets_the_credentials() -> None:
    """Where it can be told what to dial with, it is iterated that way."""

    class Dialling:
        def __aiter__(self) -> AsyncIterator[DiscoveryEvent]:
            raise AssertionError("not this way")

        def dialling(self, credentials: object) -> AsyncIterable[DiscoveryEvent]:
            return FakeDiscovery(worker(f"by-{credentials}")).subscriber

    guests = Guests()

    async with following(Dialling(), guests, credentials="secret"):
        await guests.until("by-secret")


async def test_what_cannot_be_iterated_over_is_asked_again() -> None:
    """A subscriber may come to its senses."""

    class Fails:
        def __init__(self) -> None:
            self.asked = 0

        def __aiter__(self) -> AsyncIterator[DiscoveryEvent]:
            self.asked += 1
            if self.asked < 3:
                raise RuntimeError("not now")
            return aiter(FakeDiscovery(worker("a")).subscriber)

    guests = Guests()

    async with following(Fails(), guests):
        await guests.until("a")


async def test_a_generator_left_open_is_closed() -> None:
    """What the subscriber holds is let go of when nobody follows any more."""
    closed = asyncio.Event()

    async def holds() -> AsyncGenerator[DiscoveryEvent]:
        try:
            yield event("worker-added", "a")
            await for_ever()
        finally:
            closed.set()

    guests = Guests()
    async with following(Scripted(holds), guests):
        await guests.until("a")

    assert closed.is_set()


async def test_a_subscriber_that_does_not_end_is_left_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Closing takes no longer than it may."""
    may_end = asyncio.Event()

    async def stubborn() -> AsyncGenerator[DiscoveryEvent]:
        yield event("worker-added", "a")
        try:
            await for_ever()
        finally:
            await may_end.wait()

    guests = Guests()
    async with following(Scripted(stubborn), guests) as follower:
        await guests.until("a")
        with caplog.at_level(logging.WARNING, logger="wool"):
            await follower.aclose(timeout=0.01)

    assert "did not end within 0.01 s" in caplog.text
    may_end.set()
