"""The images hold a worker and a discovery service, and nothing that should not be in them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import docker_routines as routines
import pytest
from built_images import (
    HARDENED,
    INDEXES,
    ROOT,
    WORKER,
    Images,
    address_of,
    build,
    build_all,
    checkout,
    container,
    is_healthy,
)
from lab.client import Engine
from lab.commands import LabError, wait_until

import wool

pytestmark = [
    pytest.mark.docker,
    pytest.mark.filterwarnings("ignore::wool.InsecureWorkerWarning"),
]

HERE = Path(__file__).parent
INSECURE = ("--env", "WOOL_INSECURE=yes", "--volume", f"{HERE}:/app:ro")
CLIENT = "/app/scripts/image_client.py"
BUILDERS = {"3.11": "buildkit", "3.13": "classic"}
THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
"""Tasks cross between equal versions of Python alone."""

same_python = pytest.mark.parametrize("images", sorted({THIS} & BUILDERS.keys()), indirect=True)

PASSWORD = "s3cret-of-the-index"
PROBE_CPU = 0.05
ADDED = 80_000_000
"""The most bytes that an image may add to its base."""

MEASURE = """
import json, resource, subprocess, sys
command, times = json.loads(sys.argv[1]), 20
subprocess.run(command, stdout=subprocess.DEVNULL)
used = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
before = used()
for _ in range(times):
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
print((used() - before) / times)
"""


@pytest.fixture(scope="session", params=list(BUILDERS))
def images(
    request: pytest.FixtureRequest,
    engine: Engine,
    base_image: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Images:
    """Be the images, each with another Python and another builder."""
    python: str = request.param
    context = checkout(tmp_path_factory.mktemp("checkout"))
    return build_all(engine, context, base_image(python), python, BUILDERS[python])


@pytest.fixture
def worker(engine: Engine, images: Images) -> Generator[str]:
    """Be a worker in a container that may do nothing, once it is healthy."""
    with container(engine, *HARDENED, *INSECURE, images.worker) as name:
        wait_until("the worker is healthy", is_healthy(engine, name), timeout=20)
        yield name


def inspected(engine: Engine, image: str) -> dict[str, Any]:
    return json.loads(engine.docker("image", "inspect", image))[0]


def test_worker_without_rights_runs_routines(engine: Engine, images: Images, worker: str) -> None:
    """A read-only root and no capability are enough, for a worker and for an application."""
    place = f"{address_of(engine, worker)}:50051"
    application = (*HARDENED, *INSECURE, "--entrypoint", "python", images.worker)

    said = json.loads(engine.docker("run", "--rm", *application, CLIENT, place))

    assert worker.startswith(said.pop("here"))
    assert said == {"fibonacci": 5, "count": [0, 1, 2], "write": "Read-only file system"}
    assert engine.docker("exec", worker, "id", "-u") == "10001"
    assert engine.docker("diff", worker) == ""


def test_health_check_costs_next_to_nothing(engine: Engine, worker: str, images: Images) -> None:
    """The engine asks every few seconds, so an answer may take 50 ms of a processor."""
    check = inspected(engine, images.worker)["Config"]["Healthcheck"]["Test"][1:]

    spent = engine.docker("exec", worker, "python", "-c", MEASURE, json.dumps(check))

    assert float(spent) < PROBE_CPU


@same_python
async def test_worker_that_drains_is_not_healthy(engine: Engine, worker: str) -> None:
    """On SIGTERM the probe says so at once, and what runs comes to its end."""
    place = f"{address_of(engine, worker)}:50051"
    probe = ("exec", worker, "python", "-I", "-S", "/opt/wool/probe.py", "wool")
    assert engine.docker(*probe) == "SERVING"

    async with wool.WorkerPool(discovery=wool.StaticDiscovery(place)):
        call = asyncio.create_task(routines.nap(3.0))
        await routines.here()
        engine.docker("kill", "--signal", "SIGTERM", worker)
        with pytest.raises(LabError, match="NOT_SERVING"):
            await asyncio.to_thread(
                wait_until, "not serving", lambda: not engine.docker(*probe), timeout=2
            )
        assert worker.startswith(await call)

    assert engine.docker("wait", worker) == "0"


@same_python
async def test_stop_under_load_loses_no_call(engine: Engine, images: Images, worker: str) -> None:
    """One of two workers is stopped while calls run; each of them is answered."""
    with container(engine, *HARDENED, *INSECURE, images.worker) as other:
        wait_until("the other is healthy", is_healthy(engine, other), timeout=20)
        places = [f"{address_of(engine, name)}:50051" for name in (worker, other)]
        discovery = wool.StaticDiscovery(*places)
        async with wool.WorkerPool(discovery=discovery, quorum=2, lazy=False):
            before = await asyncio.gather(*(routines.here() for _ in range(20)))
            calls = [asyncio.create_task(routines.nap(0.01 * (n % 20))) for n in range(100)]
            stopping = asyncio.create_task(asyncio.to_thread(engine.docker, "stop", worker))
            while not stopping.done():
                calls.append(asyncio.create_task(routines.nap(0.01)))
                await asyncio.sleep(0.005)
            after = set(await asyncio.gather(*calls))

        assert len(set(before)) == 2
        assert after <= set(before)
        assert engine.docker("inspect", "--format", "{{.State.ExitCode}}", worker) == "0"


@pytest.mark.parametrize("part", ["worker", "discovery"])
def test_strangers_are_refused_unless_told_otherwise(
    engine: Engine, images: Images, part: str
) -> None:
    """Without certificates neither serves the container's network."""
    with pytest.raises(LabError, match="exit code 2"):
        engine.docker("run", "--rm", getattr(images, part))


def test_discovery_is_not_healthy_without_an_engine(engine: Engine, images: Images) -> None:
    """It runs, hardened like a worker, and its probe says that it knows nothing."""
    options = (*HARDENED, "--env", "WOOL_DISCOVERY_INSECURE=yes")
    with container(engine, *options, images.discovery) as name:
        probe = ("exec", name, "python", "-I", "-S", "/opt/wool/probe.py", "wool")
        with pytest.raises(LabError, match="NOT_SERVING"):
            wait_until("an answer", lambda: says_something(engine, *probe), timeout=10)

        assert engine.docker("exec", name, "id", "-u") == "10001"


def says_something(engine: Engine, *command: str) -> bool:
    """Return whether *command* succeeds; raise LabError unless nobody has answered yet."""
    try:
        engine.docker(*command)
    except LabError as exc:
        if "nobody answers" in str(exc):
            return False
        raise
    return True


@pytest.mark.parametrize("part", ["worker", "discovery"])
def test_image_is_small_and_keeps_no_secret(
    engine: Engine, base_image: Callable[[str], str], images: Images, part: str
) -> None:
    """What the build was told stands nowhere, and nothing but the virtual environment is added."""
    image = getattr(images, part)
    shown = inspected(engine, image)
    history = engine.docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    added = shown["Size"] - inspected(engine, base_image(images.python))["Size"]

    for text in (history, json.dumps(shown["Config"])):
        assert not [word for word in ("INDEX", "://", "@", "PRIVATE", "token") if word in text]
    assert shown["Config"]["StopSignal"] == "SIGTERM"
    assert shown["Config"]["User"] == "10001:10001"
    assert added < ADDED


def test_image_of_an_application_has_its_modules(engine: Engine, images: Images) -> None:
    """What is put into /app on top of the worker's image is found by workers."""
    tag = f"wool-app:test-{images.python}"
    build(engine, ROOT / "compose/app", "Dockerfile", tag, f"WORKER={images.worker}")

    asked = ("--entrypoint", "python", tag, "-c", "import routines; print(routines.__file__)")

    assert engine.docker("run", "--rm", *HARDENED, *asked) == "/app/routines.py"


def test_password_of_a_package_index_is_not_kept(
    engine: Engine, base_image: Callable[[str], str], tmp_path: Path
) -> None:
    """An index that asks for one is told to the build, and is neither in the history nor in a file."""
    plain = urlsplit(os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple"))
    index = urlunsplit(plain._replace(netloc=f"user:{PASSWORD}@{plain.netloc.rpartition('@')[2]}"))
    indexes = [f"{name}={index}" for name in INDEXES]
    tag = "wool-worker:test-index"

    build(engine, checkout(tmp_path), WORKER, tag, f"BASE={base_image('3.11')}", *indexes)

    try:
        history = engine.docker("history", "--no-trunc", tag)
        assert PASSWORD not in history + json.dumps(inspected(engine, tag))
        search = f"! grep --recursive --files-with-matches {PASSWORD} /app /etc /opt /usr /var"
        inside = ("--user", "0", "--entrypoint", "sh", tag)
        assert engine.docker("run", "--rm", *inside, "-c", search) == ""
    finally:
        engine.docker("image", "rm", tag)
