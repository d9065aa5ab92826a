"""How pools are entered and left, whatever their discovery does."""

from __future__ import annotations

import asyncio
import logging
import time
import warnings
from collections.abc import Callable
from typing import Any

import call_routines as r
import pytest
from mode_discoveries import OwnDiscovery, SteppedDiscovery

import wool
from wool.testing import FakeDiscovery, FakeWorker, FakeWorkers
from wool_common.errors import IneffectiveLeaseWarning, IneffectiveQuorumTimeoutWarning
from wool_common.metadata import WorkerId, WorkerMetadata


def metadata(worker: FakeWorker) -> WorkerMetadata:
    assert worker.metadata is not None
    return worker.metadata


# ── the quorum ────────────────────────────────────────────────────────────────


async def test_the_first_call_waits_for_the_quorum() -> None:
    """Once it was there, one worker is enough."""
    discovery = FakeDiscovery()
    async with (
        FakeWorker() as first,
        FakeWorker() as second,
        wool.WorkerPool(discovery=discovery, quorum=2) as pool,
    ):
        await discovery.publish("worker-added", metadata(first))
        call = asyncio.create_task(r.square(3))
        async with asyncio.timeout(10):
            while not first.sessions:
                await asyncio.sleep(0.001)
        assert (call.done(), pool.workers) == (False, ())
        await discovery.publish("worker-added", metadata(second))
        assert await call == 9

        await discovery.publish("worker-dropped", metadata(first))
        assert await r.square(3) == 9


async def test_an_eager_pool_is_entered_with_its_quorum() -> None:
    """Own workers and found ones count alike."""
    async with FakeWorker() as theirs:
        discovery = FakeDiscovery(metadata(theirs))
        pool = wool.WorkerPool(
            size=1, worker=FakeWorkers(), discovery=discovery, quorum=2, lazy=False
        )
        async with pool:
            assert len(pool.workers) == 2


async def test_a_lazy_pool_does_not_wait_for_strangers() -> None:
    """It is entered at once, though nobody is there."""
    begin = time.monotonic()

    async with wool.WorkerPool(discovery=FakeDiscovery(), quorum=3) as pool:
        assert pool.workers == ()

    assert time.monotonic() - begin < 5


async def test_an_eager_pool_without_its_quorum_is_not_entered() -> None:
    """The error tells of each worker why it cannot be used; everything is undone."""
    log: list[str] = []
    nowhere = WorkerMetadata(uid=WorkerId("gone"), address="unix:/nowhere")
    discovery, ours = SteppedDiscovery(log), FakeWorkers()
    await discovery.known.publish("worker-added", nowhere)
    pool = wool.WorkerPool(
        size=1, worker=ours, discovery=discovery, quorum=2, quorum_timeout=0.2, lazy=False
    )

    with pytest.raises(wool.NoWorkersAvailable) as caught:
        async with pool:
            pytest.fail("the pool was entered")

    assert "gone" in {attempt.worker for attempt in caught.value.attempts}
    assert "unix:/nowhere" in str(caught.value)
    assert ours[0].draining
    assert log[-4:] == ["worker-dropped", "leave subscriber", "leave publisher", "leave discovery"]


async def test_no_quorum_is_no_gate() -> None:
    """With 0 or None nobody is waited for at entry, however eager."""
    for quorum in (0, None):
        async with wool.WorkerPool(discovery=FakeDiscovery(), quorum=quorum, lazy=False) as pool:
            assert pool.workers == ()


# ── the parts of a discovery ──────────────────────────────────────────────────


async def test_every_part_is_entered_before_its_use_and_left_after_it() -> None:
    """In this order; a worker is announced while there is somebody to announce it."""
    log: list[str] = []

    async with wool.WorkerPool(size=1, worker=FakeWorkers(), discovery=SteppedDiscovery(log)):
        log.append("block")

    announced = log.index("worker-added")
    assert log[:3] == ["enter discovery", "enter publisher", "enter subscriber"]
    assert announced < log.index("block")
    assert log[-4:] == ["worker-dropped", "leave subscriber", "leave publisher", "leave discovery"]


async def test_a_durable_pool_needs_no_publisher() -> None:
    """It is not even entered."""
    log: list[str] = []

    async with wool.WorkerPool(discovery=SteppedDiscovery(log)):
        await asyncio.sleep(0)

    assert "enter publisher" not in log


async def test_a_pool_may_be_left_in_another_task() -> None:
    """As fixtures do; the discovery notices nothing of it."""
    log: list[str] = []
    pool = wool.WorkerPool(size=1, worker=FakeWorkers(), discovery=SteppedDiscovery(log))

    await asyncio.create_task(pool.__aenter__())
    assert await pool.run(r.square, 3) == 9
    await asyncio.create_task(pool.__aexit__(None, None, None))

    assert log[-1] == "leave discovery"


async def test_a_discovery_that_cannot_be_entered() -> None:
    """Its own error is raised, and no worker is started."""
    ours = FakeWorkers()

    with pytest.raises(OSError, match="discovery cannot enter"):
        async with wool.WorkerPool(
            size=1, worker=ours, discovery=SteppedDiscovery([], fail="enter")
        ):
            pytest.fail("the pool was entered")

    assert len(ours) == 0


async def test_a_discovery_that_hangs_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """It is left behind in time."""
    pool = wool.WorkerPool(
        size=1,
        worker=FakeWorkers(),
        discovery=SteppedDiscovery([], hang="leave"),
        shutdown_timeout=0.1,
    )
    async with pool:
        begin = time.monotonic()

    assert time.monotonic() - begin < 5


async def test_a_discovery_that_fails_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """That is worth a line, not an exception."""
    with caplog.at_level(logging.WARNING, logger="wool"):
        async with wool.WorkerPool(discovery=SteppedDiscovery([], fail="leave")):
            pass

    assert "discovery cannot leave" in caplog.text


@pytest.mark.parametrize("hang", [False, True])
async def test_a_discovery_that_is_down(caplog: pytest.LogCaptureFixture, hang: bool) -> None:
    """Own workers serve all the same; neither entry nor exit hangs."""

    def down(*_: object) -> Any:
        if hang:
            return asyncio.Event().wait()
        raise OSError("the network is down")

    discovery = OwnDiscovery(on_publish=down)
    discovery.known.fail(OSError("the network is down"))
    begin = time.monotonic()

    with caplog.at_level(logging.WARNING, logger="wool"):
        pool = wool.WorkerPool(
            size=1, worker=FakeWorkers(), discovery=discovery, shutdown_timeout=1
        )
        async with pool:
            assert await r.square(3) == 9

    assert time.monotonic() - begin < 20
    assert "OwnSubscriber failed with OSError: the network is down" in caplog.text
    assert hang or "could not announce worker-added" in caplog.text


async def test_members_are_kept_while_the_discovery_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever was found stays in use."""
    async with FakeWorker() as worker:
        discovery = FakeDiscovery(metadata(worker))
        async with wool.WorkerPool(discovery=discovery) as pool:
            assert await r.square(3) == 9
            with caplog.at_level(logging.WARNING, logger="wool"):
                discovery.fail(OSError("down"))
                async with asyncio.timeout(5):
                    while not caplog.records:
                        await asyncio.sleep(0.001)
            assert await r.square(3) == 9
            assert len(pool.workers) == 1


# ── entries that do not succeed ───────────────────────────────────────────────


class Broken(FakeWorker):
    """Does not start."""

    async def start(self, *, timeout: float | None = None) -> None:
        """Fail."""
        raise wool.WorkerStartError("no memory")


class Slow(FakeWorker):
    """Takes for ever to start."""

    async def start(self, *, timeout: float | None = None) -> None:
        """Hang."""
        await asyncio.Event().wait()


def one_of_each(bad: type[FakeWorker]) -> tuple[list[FakeWorker], Callable[..., FakeWorker]]:
    made: list[FakeWorker] = []

    def make(*tags: str) -> FakeWorker:
        made.append(bad(*tags) if made else FakeWorker(*tags))
        return made[-1]

    return made, make


async def test_a_worker_that_does_not_start() -> None:
    """The others are stopped, and dropped where they had been announced."""
    made, make = one_of_each(Broken)
    log: list[str] = []

    with pytest.raises(wool.WorkerStartError, match="no memory"):
        async with wool.WorkerPool(size=2, worker=make, discovery=SteppedDiscovery(log)):
            pytest.fail("the pool was entered")

    assert made[0].draining
    assert log.count("worker-added") == log.count("worker-dropped")
    assert log[-1] == "leave discovery"


async def test_an_entry_that_is_cancelled() -> None:
    """Nothing is left of it."""
    made, make = one_of_each(Slow)
    log: list[str] = []
    pool = wool.WorkerPool(size=2, worker=make, discovery=SteppedDiscovery(log))

    entering = asyncio.create_task(pool.__aenter__())
    async with asyncio.timeout(5):
        while "worker-added" not in log:
            await asyncio.sleep(0.001)
    entering.cancel()

    with pytest.raises(asyncio.CancelledError):
        await entering
    assert made[0].draining
    assert log[-1] == "leave discovery"
    assert log.count("worker-added") == log.count("worker-dropped")


async def test_an_exit_that_is_cancelled_leaves_nothing(log: str) -> None:
    """What still ran is lost; no worker and no subscription stays."""
    ours, discovery = FakeWorkers(), FakeDiscovery()
    pool = wool.WorkerPool(size=1, worker=ours, discovery=discovery)
    await pool.__aenter__()
    call = asyncio.create_task(pool.run(r.wait_and_note, log, "it"))
    async with asyncio.timeout(5):
        while not ours[0].tasks:
            await asyncio.sleep(0.001)

    leaving = asyncio.create_task(pool.__aexit__(None, None, None))
    async with asyncio.timeout(5):
        while discovery.workers:
            await asyncio.sleep(0.001)
    leaving.cancel()

    with pytest.raises(asyncio.CancelledError):
        await leaving
    await asyncio.wait([call])
    assert isinstance(call.exception(), wool.WorkerLost) or call.cancelled()
    assert discovery.subscriptions == 0


async def test_a_wrong_variable_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the environment is named as standing there."""
    monkeypatch.setenv("WOOL_LOG_LEVEL", "loud")

    with pytest.raises(
        wool.WorkerStartError, match=r"environment variable WOOL_LOG_LEVEL .* not 'loud'"
    ):
        async with wool.WorkerPool(size=1):
            pytest.fail("the pool was entered")


# ── warnings ──────────────────────────────────────────────────────────────────


async def test_open_workers_are_warned_about_once() -> None:
    """The warning points to the line that enters the pool."""
    pool = wool.WorkerPool(size=2, discovery=OwnDiscovery(bind_host="0.0.0.0"))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async with pool:
            assert await r.square(3) == 9

    assert [(w.category, w.filename) for w in caught] == [(wool.InsecureWorkerWarning, __file__)]
    assert "0.0.0.0" in str(caught[0].message)


def test_a_lease_without_a_discovery() -> None:
    """It limits nothing."""
    with pytest.warns(IneffectiveLeaseWarning, match="^lease") as caught:
        wool.WorkerPool(size=1, lease=3)

    assert caught[0].filename == __file__


def test_a_time_for_no_quorum() -> None:
    """It limits nothing; the default is not worth a word."""
    with pytest.warns(IneffectiveQuorumTimeoutWarning, match="^quorum_timeout") as caught:
        wool.WorkerPool(size=1, quorum=0, quorum_timeout=3)
    wool.WorkerPool(size=1, quorum=0)
    wool.WorkerPool(size=1, quorum=None, quorum_timeout=None)

    assert caught[0].filename == __file__
