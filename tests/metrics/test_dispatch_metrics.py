"""What a client measures of its dispatches, on real workers."""

from __future__ import annotations

import asyncio
import functools
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

import metered_routines as r
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry, generate_latest
from scraped import Samples, samples, scraped

import wool
import wool.metrics
from wool_common.metrics.switch import SWITCH
from wool_common.watching import WATCHING

Rise = Callable[[], Samples]


@pytest.fixture
def rise() -> Generator[Rise]:
    """Tell by how much each number has risen since the test began."""
    registry = CollectorRegistry()

    def now() -> Samples:
        return samples(generate_latest(registry).decode())

    with wool.metrics.register(registry):
        before = now()
        yield lambda: now() - before


@pytest_asyncio.fixture
async def pool(rise: Rise) -> AsyncGenerator[wool.WorkerPool]:
    """Be a pool of one worker, all of it measured."""
    async with wool.WorkerPool(size=1) as opened:
        yield opened


def dispatches(found: Samples) -> dict[str, int]:
    """Return how many dispatches ended, by outcome and routine."""
    begin = "wool_dispatch_total{outcome="
    return {
        name.removeprefix(begin).removesuffix("}").replace(",routine=metered_routines.", " "): count
        for name, count in found.items()
        if name.startswith(begin)
    }


def attempts(found: Samples) -> dict[str, int]:
    """Return how many attempts came to what."""
    begin = "wool_dispatch_attempts_total{outcome="
    return {
        name.removeprefix(begin).removesuffix("}").replace(",reason=", " ").strip(): count
        for name, count in found.items()
        if name.startswith(begin)
    }


async def test_what_returns_and_what_raises_is_counted(pool: wool.WorkerPool, rise: Rise) -> None:
    """Both were taken by a worker; how they ended differs."""
    await asyncio.gather(*(r.echo(number) for number in range(300)))
    with pytest.raises(LookupError):
        await r.fail()

    assert dispatches(rise()) == {"returned echo": 300, "raised fail": 1}
    assert attempts(rise()) == {"taken": 301}


async def test_generators_are_counted_by_how_they_ended(pool: wool.WorkerPool, rise: Rise) -> None:
    """One that is left early has returned, as it was told to."""
    assert [number async for number in r.count(3)] == [0, 1, 2]
    async for _ in r.count(3):
        break
    early = r.count(3)
    await anext(early)
    await early.aclose()
    with pytest.raises(LookupError):
        _ = [number async for number in r.count_and_fail()]

    async with asyncio.timeout(5):  # a loop that is left closes its generator later
        while sum(dispatches(rise()).values()) < 4:
            await asyncio.sleep(0)

    assert dispatches(rise()) == {"returned count": 3, "raised count_and_fail": 1}


async def test_what_no_worker_takes_is_refused(rise: Rise) -> None:
    """Each refusal counts by its reason; what hooks make up is `other`."""
    answers = iter([True, wool.Refusal("on strike")])
    worker = functools.partial(
        wool.LocalWorker, backpressure=functools.partial(_refuse, [*answers])
    )

    async with wool.WorkerPool(size=1, worker=worker):
        for _ in range(2):
            with pytest.raises(wool.NoWorkersAvailable):
                await r.echo(1)
        found = rise()

    assert dispatches(found) == {"refused echo": 2}
    assert attempts(found) == {"refused backpressure": 1, "refused other": 1}


async def test_what_a_worker_takes_down_with_it_is_lost(rise: Rise) -> None:
    """A task under which the worker ends is lost, and so was the attempt."""
    async with wool.WorkerPool(size=1, respawn=False):
        with pytest.raises(wool.WorkerLost):
            await r.die()

    assert dispatches(rise()) == {"lost die": 1}
    assert attempts(rise()) == {"lost": 1}


async def test_what_its_caller_gives_up_is_cancelled(pool: wool.WorkerPool, rise: Rise) -> None:
    """A cancellation and a timeout are the same to whoever counts."""
    with pytest.raises(TimeoutError):
        await r.rest.options(timeout=0.1)(60)
    calling = asyncio.create_task(r.rest(60))
    async with asyncio.timeout(5):
        while not pool.stats().active:
            await asyncio.sleep(0)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling

    assert dispatches(rise()) == {"cancelled rest": 2}


async def test_phases_add_up_to_the_total(pool: wool.WorkerPool, rise: Rise) -> None:
    """A routine that takes its time spends it running; the phases are all there is."""
    await r.rest(0.3)
    await r.echo(b"x" * 3_000_000)

    found = rise()
    for routine in ("rest", "echo"):
        phases = {
            phase: found[
                f"wool_dispatch_seconds_sum{{phase={phase},routine=metered_routines.{routine}}}"
            ]
            for phase in ("pick", "serialize", "wait", "run", "deserialize", "total")
        }
        total = phases.pop("total")
        assert sum(phases.values()) == pytest.approx(total)
        assert min(phases.values()) > 0.0 or routine == "rest"
        if routine == "rest":
            assert 0.3 <= phases["run"] < total


async def test_values_are_counted_by_their_size(pool: wool.WorkerPool, rise: Rise) -> None:
    """Arguments are sent, results received."""
    await r.echo(b"x" * 1_000_000)

    found = rise()
    for direction in ("sent", "received"):
        assert found[f"wool_payload_bytes_sum{{direction={direction}}}"] >= 1_000_000
        assert found[f"wool_payload_bytes_bucket{{direction={direction},le=1.048576e+06}}"] == 1
        assert not found[f"wool_payload_bytes_bucket{{direction={direction},le=262144.0}}"]


async def test_calls_to_workers_are_counted(pool: wool.WorkerPool, rise: Rise) -> None:
    """The session is one call of gRPC's, with the messages it carries."""
    await r.echo(1)

    found = rise()
    method = "grpc_method=Session,grpc_service=wool.worker.v1.WorkerService,grpc_type=bidi_stream"
    assert found[f"grpc_client_started_total{{{method}}}"] == 1
    assert found[f"grpc_client_msg_sent_total{{{method}}}"] >= 2
    assert found[f"grpc_client_msg_received_total{{{method}}}"] >= 2


async def test_metrics_are_served_with_what_there_is_of_the_pool() -> None:
    """`serve` tells of the process, too; the loop is measured once somebody has asked."""
    with wool.metrics.serve(0) as exposure:
        assert exposure.url is not None
        # Other pools of this process are told of, too.
        before = await scraped(exposure.url)
        async with wool.WorkerPool(size=2) as pool:
            await pool.broadcast(r.echo, 1)
            calling = asyncio.create_task(r.rest(60))
            async with asyncio.timeout(5):
                while not pool.stats().active:
                    await asyncio.sleep(0)
            first = await scraped(exposure.url)
            calling.cancel()
            await asyncio.wait([calling])
            second = await scraped(exposure.url)

    def grown(name: str) -> float:
        return first[name] - before.get(name, 0.0)

    assert grown("wool_pool_workers{state=ready}") == 2
    assert grown("wool_sessions{side=client}") == 2
    assert grown("wool_tasks_active{side=client}") == 1
    assert grown("wool_tasks_waiting{side=client}") == 0
    assert first["process_resident_memory_bytes"] > 0
    assert any(name.startswith("wool_build_info{") for name in first)
    assert second["wool_tasks_active{side=client}"] == before["wool_tasks_active{side=client}"]
    assert "wool_loop_lag_seconds{loop=home}" in second


async def test_nothing_is_measured_once_all_have_gone() -> None:
    """The place that dispatches look at is empty before and after."""
    assert WATCHING.listener is None
    one = wool.metrics.register(CollectorRegistry())
    other = wool.metrics.serve(0)

    one.close()
    one.close()
    still = WATCHING.listener
    other.close()

    assert still is not None
    assert (WATCHING.listener, WATCHING.metered) == (None, None)


async def test_one_variable_turns_all_of_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is served, registered or watched."""
    monkeypatch.setenv(SWITCH, "off")
    registry = CollectorRegistry()

    with wool.metrics.serve(0) as served, wool.metrics.register(registry):
        watched = (WATCHING.listener, WATCHING.metered)

    assert served.url is None
    assert watched == (None, None)
    assert not list(registry.collect())


@pytest.mark.parametrize("port", ["9464", True, -1, 70_000])
def test_a_port_that_is_none_is_named(port: object) -> None:
    """The text says what a port is."""
    with pytest.raises((TypeError, ValueError), match="port is a whole number from 0 to 65535"):
        wool.metrics.serve(port)  # pyright: ignore[reportArgumentType]


def test_nothing_of_it_is_imported_before() -> None:
    """Neither `import wool` nor an open pool brings in Prometheus' client."""
    script = (
        "import asyncio, sys, wool\n"
        "async def main():\n"
        "    async with wool.WorkerPool(size=1): pass\n"
        "asyncio.run(main())\n"
        "print([name for name in sys.modules if 'prometheus' in name or 'common.metrics' in name])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_what_is_missing_is_named() -> None:
    """Without Prometheus' client, the error says what to install."""
    script = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "try:\n    import wool.metrics\n"
        "except ImportError as exc:\n    print(exc)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "Prometheus needs an extra: pip install 'wool[metrics]'"


def _refuse(answers: list[Any], context: wool.BackpressureContext) -> Any:
    return answers.pop(0)
