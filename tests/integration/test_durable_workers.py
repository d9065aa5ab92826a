"""Pools of workers that were started from a shell."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import call_routines as r
import pytest
from notes import noted, notes

import wool
from wool.runtime.discovery.local import LocalDiscovery
from wool.runtime.discovery.static import StaticDiscovery

LIMIT = 20.0


@pytest.fixture
def place() -> Generator[Path]:
    """Return a directory whose paths are short enough for sockets."""
    folder = Path(f"/tmp/wi-{uuid4().hex[:8]}")
    folder.mkdir(0o700)
    yield folder
    shutil.rmtree(folder)


@asynccontextmanager
async def shell(*flags: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run `wool-worker` with *flags*; it must end well when it is asked to."""
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool_worker", "--log-level", "warning", *flags),
        stdin=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        yield process
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(LIMIT):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_pool_finds_workers_by_their_sockets(place: Path) -> None:
    """Durable workers on Unix sockets, named by address, do the work and outlive the pool."""
    paths = [str(place / name) for name in ("a", "b")]
    async with shell("--socket", paths[0]) as a, shell("--socket", paths[1]) as b:
        for _ in range(2):
            discovery = StaticDiscovery(*(f"unix:{path}" for path in paths))
            async with wool.WorkerPool(discovery=discovery, quorum=2):
                pids = {await r.pid() for _ in range(6)}
                nested = await r.pids(2)
            assert pids == {a.pid, b.pid}
            assert set(nested) <= pids


async def test_a_pool_follows_announced_workers() -> None:
    """Workers that come and go under a pool are used and left as they do; no call is lost."""
    discovery = LocalDiscovery(f"durable-{uuid4().hex}")
    flags = ("--port", "0", "--announce", f"local:{discovery.namespace}")
    async with shell(*flags) as first, wool.WorkerPool(discovery=discovery):
        assert await r.pid() == first.pid
        async with shell(*flags, "--tag", "second") as second:
            async with asyncio.timeout(LIMIT):
                while await r.pid() != second.pid:
                    pass
            first.send_signal(signal.SIGTERM)
            async with asyncio.timeout(LIMIT):
                while first.returncode is None:
                    assert await r.square(7) == 49

            assert {await r.pid() for _ in range(5)} == {second.pid}


async def test_a_stop_lets_calls_finish(log: str) -> None:
    """A worker that is asked to end under a call ends after the call."""
    discovery = LocalDiscovery(f"durable-{uuid4().hex}")
    flags = ("--port", "0", "--announce", f"local:{discovery.namespace}")
    async with shell(*flags) as process, wool.WorkerPool(discovery=discovery) as pool:
        running = asyncio.create_task(pool.run(r.after_begun, log, "go"))
        await noted(log, "began")

        process.terminate()
        async with asyncio.timeout(LIMIT):
            while pool.workers:
                await asyncio.sleep(0.005)
        assert not running.done()
        Path(log).write_text("\n".join([*notes(log), "go", ""]))

        assert await running == "done"
        async with asyncio.timeout(LIMIT):
            assert await process.wait() == 0


async def test_tags_choose_among_durable_workers() -> None:
    """A pool with tags uses only those workers that carry one of them."""
    discovery = LocalDiscovery(f"durable-{uuid4().hex}")
    flags = ("--port", "0", "--announce", f"local:{discovery.namespace}")
    async with (
        shell(*flags, "--tag", "cpu"),
        shell(*flags, "--tag", "gpu") as gpu,
        wool.WorkerPool("gpu", discovery=discovery) as pool,
    ):
        assert {await r.pid() for _ in range(4)} == {gpu.pid}
        assert [worker.tags for worker in pool.workers] == [frozenset({"gpu"})]


async def test_a_value_that_is_too_large_is_tried_nowhere_else() -> None:
    """The caller gets both sizes at once, though another worker would take any."""
    discovery = LocalDiscovery(f"durable-{uuid4().hex}")
    flags = ("--port", "0", "--announce", f"local:{discovery.namespace}")
    async with (
        shell(*flags, "--max-value", "1KiB"),
        shell(*flags, "--max-value", "2KiB"),
        wool.WorkerPool(discovery=discovery, quorum=2) as pool,
    ):
        for _ in range(4):
            with pytest.raises(wool.RpcError, match="and this worker takes at most") as caught:
                await r.echo(bytes(3000))
            assert caught.value.code is wool.StatusCode.INVALID_ARGUMENT

        assert await r.echo(bytes(500)) == bytes(500)
        assert len(pool.workers) == 2
