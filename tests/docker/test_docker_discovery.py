"""Workers in containers are found, whoever has started them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import docker_routines as routines
import psutil
import pytest
from lab.client import Engine

import wool
from wool.runtime.discovery.docker import DockerDiscovery
from wool.runtime.worker.docker import DockerWorker

pytestmark = [
    pytest.mark.docker,
    pytest.mark.filterwarnings("ignore::wool.InsecureWorkerWarning"),
]

HERE = Path(__file__).parent
SOON = 5.0

Spawned = Callable[[], list[str]]
Start = Callable[..., str]


@pytest.fixture
def start(engine: Engine, worker_image: str, network: str, spawned: Spawned) -> Generator[Start]:
    """Start a container that is nobody's, and return its id; all go with the test."""
    ids: list[str] = []

    def run(*options: str) -> str:
        common = ["--label", "wool.worker=true", "--env", "WOOL_INSECURE=yes"]
        mounted = ["--network", network, "--volume", f"{HERE}:/app:ro"]
        ids.append(engine.docker("run", "--detach", *common, *mounted, *options, worker_image))
        return ids[-1]

    yield run
    if ids:
        engine.docker("rm", "--force", *ids)


@pytest.fixture
def labels(request: pytest.FixtureRequest) -> dict[str, str]:
    """Be labels that no other test's containers carry."""
    return {"com.example.test": f"{os.getpid()}-{request.node.name}"}


def flags(labels: dict[str, str]) -> list[str]:
    """Return *labels* as flags of `docker run`."""
    return [part for name, value in labels.items() for part in ("--label", f"{name}={value}")]


async def members(pool: wool.WorkerPool, number: int, seconds: float = 30.0) -> float:
    """Return after how many seconds the pool had that many workers."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(seconds):
        while len(pool.workers) != number:
            await asyncio.sleep(0.02)
    return loop.time() - began


async def test_a_pool_uses_the_containers_it_finds(
    start: Start, network: str, labels: dict[str, str], engine: Engine
) -> None:
    """A container that starts is used, nested calls run among them, one that stops is dropped."""
    start(*flags(labels))
    found = DockerDiscovery(network=network, labels=labels).subscriber
    async with wool.WorkerPool(discovery=found) as pool:
        await members(pool, 1)
        second = start(*flags(labels))
        await members(pool, 2)
        assert len(set(await wool.gather(*(routines.here() for _ in range(8))))) == 2
        assert await routines.fibonacci(6) == 8

        stopping = asyncio.to_thread(engine.docker, "stop", second)
        calls, _ = await asyncio.gather(
            wool.gather(*(routines.nap(0.01) for _ in range(200)), limit=4), stopping
        )
        assert len(calls) == 200
        assert await members(pool, 1) < SOON


async def test_a_paused_container_is_dropped_and_found_again(
    start: Start, network: str, labels: dict[str, str], engine: Engine
) -> None:
    """Discovery hears of a pause at once, long before a connection is missed."""
    first, _ = start(*flags(labels)), start(*flags(labels))
    async with wool.WorkerPool(discovery=DockerDiscovery(network, labels).subscriber) as pool:
        await members(pool, 2)
        engine.docker("pause", first)
        try:
            assert await members(pool, 1) < SOON
        finally:
            engine.docker("unpause", first)
        await members(pool, 2)


async def test_a_container_that_takes_the_place_of_another_is_a_new_worker(
    start: Start, network: str, labels: dict[str, str], engine: Engine
) -> None:
    """The same address leads to another worker, which is used from then on."""
    first = start(*flags(labels))
    async with wool.WorkerPool(discovery=DockerDiscovery(network, labels).subscriber) as pool:
        await members(pool, 1)
        before = pool.workers[0]
        engine.docker("kill", first)
        await members(pool, 0)
        start(*flags(labels))
        await members(pool, 1)
        after = pool.workers[0]

    assert before.uid != after.uid
    assert before.address == after.address


async def test_own_and_found_workers_are_one_pool(
    start: Start, network: str, labels: dict[str, str], worker_image: str
) -> None:
    """A hybrid pool uses its own containers beside those it finds, each once."""
    start(*flags(labels))

    def worker(*tags: str) -> DockerWorker:
        mounted = {str(HERE): "/app:ro"}
        return DockerWorker(
            *tags, image=worker_image, network=network, volumes=mounted, labels=labels
        )

    async with wool.WorkerPool(
        size=2, worker=worker, discovery=DockerDiscovery(network, labels)
    ) as pool:
        await members(pool, 3)
        assert len(set(await wool.gather(*(routines.here() for _ in range(12))))) == 3
        async with wool.WorkerPool(discovery=DockerDiscovery(network, labels).subscriber) as other:
            await members(other, 3)


async def test_a_secured_pool_finds_secured_workers(
    network: str, labels: dict[str, str], worker_image: str, spawned: Spawned, authority: Path
) -> None:
    """The private service shows the pool's credentials; nothing else has to be told."""
    credentials = wool.WorkerCredentialsProvider.from_files(
        authority / "ca.pem",
        authority / "worker-key.pem",
        authority / "worker.pem",
        identity="wool-worker",
    )
    worker = DockerWorker(
        image=worker_image,
        network=network,
        labels=labels,
        volumes=[f"{HERE}:/app:ro"],
        credentials=credentials,
    )
    async with worker:
        found = DockerDiscovery(network, labels).subscriber
        async with wool.WorkerPool(discovery=found, credentials=credentials) as pool:
            await members(pool, 1)
            assert pool.workers[0].secure
            assert await routines.here()


async def test_a_private_service_that_dies_is_replaced(
    start: Start, network: str, labels: dict[str, str]
) -> None:
    """Workers are kept meanwhile, and what comes later is found."""
    start(*flags(labels))
    async with wool.WorkerPool(discovery=DockerDiscovery(network, labels).subscriber) as pool:
        await members(pool, 1)
        service = _service()
        os.kill(service.pid, signal.SIGKILL)
        assert await routines.here()
        start(*flags(labels))
        await members(pool, 2)
        assert _service().pid != service.pid


async def test_pools_share_a_private_service(
    start: Start, network: str, labels: dict[str, str]
) -> None:
    """Two pools that look at one Engine have one process between them."""
    start(*flags(labels))
    one = wool.WorkerPool(discovery=DockerDiscovery(network, labels).subscriber)
    two = wool.WorkerPool(discovery=DockerDiscovery(labels=labels).subscriber)
    async with one, two:
        await members(one, 1)
        await members(two, 1)
        assert _service()


@pytest.mark.parametrize("announced", [False, True])
async def test_a_service_elsewhere_is_dialled(
    start: Start, network: str, labels: dict[str, str], engine: Engine, announced: bool
) -> None:
    """With an address no process is started; workers without a container can be announced."""
    async with serving(engine) as address:
        if announced:
            # Of their own, for others may have containers on the Engine meanwhile.
            found, same = (
                DockerDiscovery(address=address, namespace=f"test-{os.getpid()}") for _ in range(2)
            )
            async with wool.WorkerPool(size=1, discovery=found) as own:
                other = wool.WorkerPool(discovery=same.subscriber)
                async with other, asyncio.timeout(30):
                    while own.workers[0].uid not in {worker.uid for worker in other.workers}:
                        await asyncio.sleep(0.02)
            return
        start(*flags(labels))
        found = DockerDiscovery(network, labels, address=address)
        async with wool.WorkerPool(discovery=found.subscriber) as pool:
            await members(pool, 1)
            assert await routines.here()


async def test_an_engine_that_is_not_there_is_told_once() -> None:
    """The pool does not open, and says why in one error."""
    found = DockerDiscovery(engine="unix:///nowhere/docker.sock")

    with pytest.raises(wool.DockerUnavailable, match="/nowhere/docker"):
        async with wool.WorkerPool(discovery=found.subscriber):
            pass


def _service() -> psutil.Process:
    """Return the one discovery service that this process has started."""
    children = psutil.Process().children()
    (found,) = [child for child in children if "wool_discovery_docker" in child.cmdline()]
    return found


@asynccontextmanager
async def serving(engine: Engine) -> AsyncGenerator[str]:
    """Run a discovery service as others would, and give its address."""
    with free_port() as port:
        command = ["-m", "wool_discovery_docker", "--port", str(port), "--log-format", "json"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        env=dict(engine.environment),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async for line in process.stderr:
            if b"discovery_ready" in line:
                break
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.communicate()


@contextmanager
def free_port() -> Generator[int]:
    """Give a port that nobody listens on."""
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]
