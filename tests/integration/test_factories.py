"""Discoveries and balancers can be given in every form."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import call_routines as r
import pytest
from mode_discoveries import OwnDiscovery
from neighbour_routines import nested_pids

import wool
from wool.testing import FakeDiscovery, FakeWorker, FakeWorkers
from wool_common.errors import WoolWarning
from wool_common.metadata import WorkerMetadata

Make = Callable[..., Any]


class InTurn:
    """A balancer as applications write them, which offers every worker there is."""

    def __init__(self, log: list[str] | None = None, *, colour: str = "") -> None:
        self.log = [] if log is None else log

    async def delegate(self, *, context: Any) -> AsyncGenerator[Any, Any]:
        """Offer one worker after the other."""
        for metadata, connection in context.workers.items():
            self.log.append(metadata.uid)
            try:
                sent = yield metadata, connection
            except Exception:  # noqa: BLE001 - as the protocol has it
                continue
            if sent is not None:
                return


class NotToPickle(InTurn):
    """A balancer that stays where it is."""

    def __init__(self, log: list[str] | None = None) -> None:
        super().__init__(log)
        self.lock = threading.Lock()


async def soon(make: Make) -> Any:
    await asyncio.sleep(0)
    return make()


@contextmanager
def opened(make: Make) -> Generator[Any]:
    yield make()


@asynccontextmanager
async def opened_soon(make: Make) -> AsyncGenerator[Any]:
    await asyncio.sleep(0)
    yield make()


def _made(make: Make) -> Any:
    return make()


FORMS: dict[str, Callable[[Make], Any]] = {
    "instance": lambda make: make(),
    "function": lambda make: make,
    "lambda": lambda make: lambda: _made(make),
    "partial": partial,
    "coroutine": soon,
    "coroutine function": lambda make: partial(soon, make),
    "context manager": opened,
    "context manager's function": lambda make: partial(opened, make),
    "async context manager": opened_soon,
    "async context manager's function": lambda make: partial(opened_soon, make),
    "function that gives a coroutine": lambda make: lambda: soon(make),
    "coroutine function that gives a context manager": lambda make: partial(
        soon, partial(opened, make)
    ),
}


def metadata(worker: FakeWorker) -> WorkerMetadata:
    assert worker.metadata is not None
    return worker.metadata


@pytest.mark.parametrize("form", FORMS)
async def test_forms_of_a_discovery(form: str) -> None:
    """With and without workers of the pool's own."""
    async with FakeWorker() as worker:
        discovery = FakeDiscovery(metadata(worker))
        async with wool.WorkerPool(discovery=FORMS[form](lambda: discovery)):
            assert await r.square(3) == 9

        ours = FakeWorkers()
        pool = wool.WorkerPool(
            size=1, worker=ours, discovery=FORMS[form](lambda: discovery), quorum=2, lazy=False
        )
        async with pool:
            assert await pool.broadcast(r.square, 3) == {worker.uid: 9, ours[0].uid: 9}

    assert [event.type for event in discovery.published] == ["worker-added", "worker-dropped"]


@pytest.mark.parametrize("form", FORMS)
async def test_forms_of_a_bare_subscriber(form: str) -> None:
    """They are those of a discovery."""
    async with FakeWorker() as worker:
        discovery = FakeDiscovery(metadata(worker))
        async with wool.WorkerPool(discovery=FORMS[form](lambda: discovery.subscriber)):
            assert await r.square(3) == 9


@pytest.mark.parametrize("form", FORMS)
async def test_forms_of_a_balancer(form: str) -> None:
    """Whatever makes it, it is asked for each call."""
    log: list[str] = []
    ours = FakeWorkers()

    pool = wool.WorkerPool(size=1, worker=ours, loadbalancer=FORMS[form](lambda: InTurn(log)))
    async with pool:
        assert await r.square(3) == 9
        assert await r.square(4) == 16

    assert log == [ours[0].uid] * 2


async def test_classes() -> None:
    """Of either; they are made without arguments where they take none."""
    async with wool.WorkerPool(
        size=1, worker=FakeWorkers(), discovery=FakeDiscovery, loadbalancer=InTurn
    ):
        assert await r.square(3) == 9


async def test_an_async_generator_tells_of_workers() -> None:
    """It is a subscriber that can be iterated over once, which is enough."""
    async with FakeWorker() as worker:

        async def events() -> AsyncGenerator[Any]:
            async for event in FakeDiscovery(metadata(worker)).subscriber:
                yield event

        for form in (events, events()):
            async with wool.WorkerPool(discovery=form):
                assert await r.square(3) == 9


async def test_a_discovery_is_offered_the_credentials() -> None:
    """By signature, like workers."""
    offered: list[object] = []
    credentials = wool.WorkerCredentials.__new__(wool.WorkerCredentials)

    def make(credentials: object = None) -> FakeDiscovery:
        offered.append(credentials)
        return FakeDiscovery()

    async with wool.WorkerPool(discovery=make, credentials=credentials):
        pass

    assert offered == [credentials]


# ── what leads to something else ──────────────────────────────────────────────


class NoPublisher(OwnDiscovery):
    """Has a publisher that does not publish."""

    @property
    def publisher(self) -> Any:
        """Something else."""
        return 3


class NoSubscriber(OwnDiscovery):
    """Has a subscriber that does not subscribe."""

    @property
    def subscriber(self) -> Any:
        """Something else."""
        return 3


async def nothing() -> Any:
    return None


def named(namespace: str) -> Any:
    return namespace


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"discovery": lambda: 3}, "^discovery must be .*led to 3"),
    ({"discovery": nothing}, "^discovery must be .*led to None"),
    ({"discovery": partial(opened, dict)}, "^discovery must be .*led to {}"),
    ({"discovery": named}, "^discovery=.*'namespace'"),
    ({"discovery": NoSubscriber}, r"^discovery\.subscriber must be .*3"),
    ({"discovery": NoPublisher, "size": 1}, r"^discovery\.publisher must be .*3"),
    (
        {"discovery": lambda: FakeDiscovery().subscriber, "size": 1},
        "^size goes with .*=Subscriber",
    ),
    ({"loadbalancer": lambda: 3}, "^loadbalancer must be .*led to 3"),
    ({"loadbalancer": nothing}, "^loadbalancer must be .*led to None"),
    ({"loadbalancer": FakeDiscovery}, "^loadbalancer must be .*led to <"),
]


@pytest.mark.parametrize(("arguments", "text"), MISTAKES)
async def test_a_factory_that_leads_to_something_else(arguments: dict[str, Any], text: str) -> None:
    """The entry says which argument, and what came out; no worker is started."""
    ours = FakeWorkers()

    with pytest.raises(TypeError, match=text):
        async with wool.WorkerPool(worker=ours, **arguments):
            pytest.fail("the pool was entered")

    assert len(ours) == 0


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"discovery": 3}, TypeError, "^discovery must be"),
        ({"discovery": "lan"}, TypeError, "^discovery must be"),
        ({"discovery": FakeDiscovery().subscriber, "size": 1}, TypeError, "^size goes with"),
        ({"discovery": FakeDiscovery().subscriber, "spawn": 1}, TypeError, "^size goes with"),
        ({"loadbalancer": 3}, TypeError, "^loadbalancer must be"),
        ({"loadbalancer": None}, TypeError, "^loadbalancer must be"),
        ({"discovery": FakeDiscovery(), "lease": 0}, ValueError, "^lease"),
        ({"discovery": FakeDiscovery(), "lease": -1, "size": 1}, ValueError, "^lease"),
        ({"discovery": FakeDiscovery(), "lease": "1"}, TypeError, "^lease"),
        ({"discovery": FakeDiscovery(), "lease": 1, "quorum": 2}, ValueError, "^quorum"),
        ({"size": 2, "quorum": 3}, ValueError, "^quorum"),
        ({"size": 2, "quorum": -1}, ValueError, "^quorum"),
        ({"size": 2, "quorum": 1.0}, TypeError, "^quorum"),
        ({"quorum_timeout": 0}, ValueError, "^quorum_timeout"),
        ({"quorum_timeout": -1}, ValueError, "^quorum_timeout"),
        ({"quorum_timeout": "1"}, TypeError, "^quorum_timeout"),
        ({"quorum_timeout": float("nan")}, ValueError, "^quorum_timeout"),
        ({"lazy": 1}, TypeError, "^lazy"),
        ({"lazy": None}, TypeError, "^lazy"),
        ({"respawn": "yes"}, TypeError, "^respawn"),
        ({"subset": 0}, ValueError, "^subset"),
        ({"subset": 1.5}, TypeError, "^subset"),
    ],
    ids=str,
)
async def test_what_is_refused_at_construction(
    arguments: dict[str, Any], error: type[Exception], text: str
) -> None:
    """What can be told without calling anything is told at once, by name."""
    with pytest.raises(error, match=text):
        wool.WorkerPool(**arguments)


# ── nested calls ──────────────────────────────────────────────────────────────


async def nested_until_all(pool: wool.WorkerPool) -> None:
    """Have routines call routines until those have run on every worker."""
    everywhere = {worker.pid for worker in pool.workers}
    seen: set[int] = set()
    async with asyncio.timeout(20):
        while seen != everywhere:
            seen |= await pool.run(nested_pids)


async def test_nested_calls_with_a_discovery_that_cannot_be_pickled() -> None:
    """It need not cross: members travel with the pool."""
    discovery = OwnDiscovery()
    with pytest.raises(TypeError):
        pickle.dumps(discovery)

    async with wool.WorkerPool(size=2, discovery=discovery) as pool:
        await nested_until_all(pool)


async def test_nested_calls_with_a_balancer_that_cannot_be_pickled() -> None:
    """They go round robin; the warning names it, and the line that enters the pool."""
    pool = wool.WorkerPool(size=2, loadbalancer=NotToPickle())

    with pytest.warns(WoolWarning, match="NotToPickle cannot be pickled") as caught:
        await pool.__aenter__()
    try:
        await nested_until_all(pool)
    finally:
        await pool.__aexit__(None, None, None)

    assert caught[0].filename == __file__


async def test_nested_calls_with_the_class_of_one() -> None:
    """Each worker makes one of its own from the class, which travels in its place."""
    async with wool.WorkerPool(size=2, loadbalancer=NotToPickle) as pool:
        assert await pool.run(nested_pids)
