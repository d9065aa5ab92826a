"""A container is a worker like any other."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import docker_routines as routines
import pytest
from lab.client import Engine

import wool
from wool.runtime.worker.connection import WorkerConnection
from wool.runtime.worker.docker import DockerWorker

pytestmark = [
    pytest.mark.docker,
    pytest.mark.filterwarnings("ignore::wool.InsecureWorkerWarning"),
]

HERE = Path(__file__).parent
MOUNTED = [f"{HERE}:/app:ro"]

Spawned = Callable[[], list[str]]
Make = Callable[..., DockerWorker]


@pytest.fixture
def make(worker_image: str, network: str, spawned: Spawned) -> Make:
    """Return what makes workers."""
    return partial(DockerWorker, image=worker_image, network=network, volumes=MOUNTED)


async def test_eight_containers_run_routines(make: Make, spawned: Spawned) -> None:
    """Eight workers start at once, nested calls and generators run, and nothing is left."""
    async with wool.WorkerPool(size=8, worker=make) as pool:
        assert len(spawned()) == 8
        calls = await wool.gather(*(routines.here() for _ in range(32)))
        assert len(set(calls)) == 8
        assert await routines.fibonacci(7) == 13
        await _until_nested_elsewhere()
        assert [i async for i in routines.count(5)] == [0, 1, 2, 3, 4]
        assert len(pool.workers) == 8

    assert spawned() == []


async def test_start_returns_a_worker_that_answers(make: Make) -> None:
    """Its metadata is its own, at the address of its container."""
    async with make("gpu", "big", city="Bern", port=50123) as worker:
        metadata = worker.metadata
        assert metadata is not None
        assert metadata.uid == worker.uid
        assert metadata.tags == {"gpu", "big"}
        assert metadata.extra == {"city": "Bern"}
        assert metadata.address.endswith(":50123")
        assert not metadata.secure


def test_whoever_waits_for_the_end_hears_that_nobody_follows_it(make: Make, engine: Engine) -> None:
    """Where the loop that started a worker ends first, its end is not known, and not waited for."""
    worker = make()
    asyncio.run(worker.start())
    try:
        end = asyncio.run(asyncio.wait_for(worker.exited(), 30))
        assert not end.known
    finally:
        engine.docker("rm", "--force", worker.container)


async def test_a_published_port_is_advertised(make: Make) -> None:
    """With publish=True a port of the host leads to the worker."""
    async with wool.WorkerPool(size=2, worker=partial(make, publish=True)) as pool:
        assert all(worker.address.startswith("127.0.0.1:") for worker in pool.workers)
        assert len(set(await wool.gather(*(routines.here() for _ in range(8))))) == 2
        assert await routines.fibonacci(5) == 5


async def test_the_container_is_confined_and_limited(make: Make, engine: Engine) -> None:
    """Its root is read-only, it has no capability, and the limits that were given."""
    worker = partial(make, memory="256m", cpus=0.5, environment={"COLOUR": "blue"})
    async with wool.WorkerPool(size=1, worker=worker) as pool:
        name = f"wool-{pool.workers[0].uid}"
        config = json.loads(engine.docker("inspect", name))[0]
        assert await routines.variable("COLOUR") == "blue"
        assert await routines.write("/etc/x") == "Read-only file system"
        assert await routines.write("/app/x") == "Read-only file system"
        assert await routines.write("/tmp/x") is None

    host = config["HostConfig"]
    assert (host["Memory"], host["NanoCpus"]) == (256 << 20, 500_000_000)
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert config["Config"]["User"] not in ("", "root", "0")


async def test_a_hook_and_credentials_are_nowhere_to_be_read(
    make: Make, engine: Engine, worker_image: str, authority: Path
) -> None:
    """What is secret stands neither in what the Engine tells of a container nor in its image."""
    credentials = wool.WorkerCredentials.from_files(
        authority / "ca.pem",
        authority / "worker-key.pem",
        authority / "worker.pem",
        identity="wool-worker",
    )
    secret = "do-not-tell-anybody"

    async def refuse(context: wool.BackpressureContext) -> bool:
        return context.task.id == secret

    worker = partial(make, backpressure=refuse)
    async with wool.WorkerPool(size=1, worker=worker, credentials=credentials) as pool:
        assert pool.workers[0].secure
        assert await routines.here()
        told = engine.docker("inspect", f"wool-{pool.workers[0].uid}")
        history = engine.docker("history", "--no-trunc", worker_image)
        processes = engine.docker("top", f"wool-{pool.workers[0].uid}")

    key = (authority / "worker-key.pem").read_text()
    for text in (told, history, processes):
        assert secret not in text
        assert "PRIVATE KEY" not in text
        assert key.splitlines()[1] not in text


async def test_an_image_that_is_not_there_is_told_at_once(make: Make, spawned: Spawned) -> None:
    """The error names the image, and says how to get it."""
    with pytest.raises(wool.WorkerStartError, match=r"nowhere:1 is not on .* build"):
        await make(image="nowhere:1").start()

    assert spawned() == []


async def test_the_last_lines_of_a_container_that_died_are_told(
    make: Make, spawned: Spawned
) -> None:
    """A worker that cannot start says why, and its container is removed."""
    with pytest.raises(wool.WorkerStartError) as caught:
        await make(environment={"WOOL_LOOP": "nonsense"}).start()

    assert "WOOL_LOOP: must be one of" in str(caught.value)
    assert caught.value.returncode == 2
    assert spawned() == []


async def test_a_network_that_is_not_there_is_told(make: Make, spawned: Spawned) -> None:
    """The Engine's own words stand in the error, and nothing is left."""
    with pytest.raises(wool.WorkerStartError, match="nosuchnet"):
        await make(network="nosuchnet").start()

    assert spawned() == []


async def test_a_worker_that_is_late_is_removed(make: Make, spawned: Spawned) -> None:
    """A start has an end, which says what was waited for."""
    with pytest.raises(wool.WorkerStartError, match=r"not ready within 0\.2 s"):
        await make(start_timeout=0.2).start()

    assert spawned() == []


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5])
async def test_a_cancelled_start_leaves_nothing(
    make: Make, spawned: Spawned, seconds: float
) -> None:
    """Whenever a start is cancelled, its container is gone when the cancellation is over."""
    worker = make()
    start = asyncio.create_task(worker.start())

    await asyncio.wait([start], timeout=seconds)
    if start.cancel():
        await asyncio.wait([start])
        assert start.cancelled()
    else:
        await worker.stop()

    assert spawned() == []


async def test_a_worker_that_died_is_replaced(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    """The pool notices the end of a container at once, and starts another one."""
    async with wool.WorkerPool(size=1, worker=make) as pool:
        first = await routines.here()
        with pytest.raises(wool.WorkerLost, match="exit code 7"):
            await routines.die(7)
        second = await routines.here()

        assert first != second
        assert len(pool.workers) == 1
    assert "died (exit code 7); another one is started" in caplog.text


async def test_docker_kill_loses_only_what_ran_there(make: Make, engine: Engine) -> None:
    """Calls on the killed container end in WorkerLost, all others have their results."""
    async with wool.WorkerPool(size=3, worker=make) as pool:
        calls = [asyncio.create_task(routines.nap(2.0)) for _ in range(12)]
        await _until_busy(pool, 4)
        victim = pool.workers[0]
        engine.docker("kill", f"wool-{victim.uid}")
        results = await asyncio.gather(*calls, return_exceptions=True)

    lost = [result for result in results if isinstance(result, wool.WorkerLost)]
    assert {error.worker for error in lost} == {victim.uid}
    assert len(lost) == 4
    assert sum(isinstance(result, str) for result in results) == 8


async def test_docker_stop_under_load_loses_nothing(make: Make, engine: Engine) -> None:
    """A worker that is stopped from outside finishes what it runs; others take the rest."""
    async with wool.WorkerPool(size=3, worker=make) as pool:
        names = [f"wool-{worker.uid}" for worker in pool.workers[:2]]
        running = [asyncio.create_task(routines.nap(1.0)) for _ in range(12)]
        await _until_busy(pool, 4)
        stops = [asyncio.to_thread(engine.docker, "stop", name) for name in names]
        stopping = asyncio.gather(*stops)
        late = 0
        while not stopping.done():
            late += len(await wool.gather(*(routines.nap(0.01) for _ in range(20))))
        results = await asyncio.gather(*running)

    assert len(results) == 12
    assert late > 0


async def test_a_paused_container_is_noticed(make: Make, engine: Engine) -> None:
    """Calls that were there are lost, others go elsewhere; unpaused, it is used again."""
    async with wool.WorkerPool(size=2, worker=make) as pool:
        assert len(set(await wool.gather(*(routines.here() for _ in range(8))))) == 2
        victim = pool.workers[0]
        engine.docker("pause", f"wool-{victim.uid}")
        try:
            calls = [routines.here() for _ in range(8)]
            async with asyncio.timeout(30):
                results = await asyncio.gather(*calls, return_exceptions=True)
            others = set(await wool.gather(*(routines.here() for _ in range(8))))
        finally:
            engine.docker("unpause", f"wool-{victim.uid}")
        names: set[str] = set()
        async with asyncio.timeout(30):
            while len(names) < 2:
                names = set(await wool.gather(*(routines.here() for _ in range(8))))

    lost = [result for result in results if not isinstance(result, str)]
    assert 0 < len(lost) < 8
    assert {error.worker for error in lost if isinstance(error, wool.WorkerLost)} == {victim.uid}
    assert len(others) == 1


async def test_stop_gives_tasks_their_grace(make: Make) -> None:
    """A worker that is stopped lets its tasks finish before its container goes."""
    worker = make()
    await worker.start()
    assert worker.metadata is not None
    pool = wool.WorkerPool(discovery=wool.StaticDiscovery(worker.metadata.address))
    async with pool:
        call = asyncio.create_task(routines.nap(1.0))
        await _until_busy(pool, 1)
        await worker.stop(grace=20.0)
        assert await call
    assert (await worker.exited()).returncode == 0
    await worker.stop()


def test_a_container_warns_where_it_runs_what_anybody_sends() -> None:
    """Without credentials everybody on the network can run code in it, which is told."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        DockerWorker(image="x", network="public")

    assert [warning.category for warning in told] == [wool.InsecureWorkerWarning]
    assert told[0].filename == __file__


async def _until_nested_elsewhere() -> None:
    """Return when a routine's own call has run in another container than itself."""
    async with asyncio.timeout(20):
        nested = [("", "")]
        while all(outer == inner for outer, inner in nested):
            nested = await wool.gather(*(routines.where_nested() for _ in range(16)))


async def _until_busy(pool: wool.WorkerPool, tasks: int) -> None:
    """Return when every worker runs *tasks* calls."""
    loads = [0]
    async with asyncio.timeout(20):
        while min(loads, default=0) < tasks:
            addresses = [worker.address for worker in pool.workers]
            asked = [await WorkerConnection(address).describe() for address in addresses]
            loads = [description.load.active for description in asked]
            await asyncio.sleep(0.02)
