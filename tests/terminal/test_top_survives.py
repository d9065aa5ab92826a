"""`wool top` goes on whatever happens to the window, to workers and to those who know them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from terminal_workers import WOOL, nap, workers
from tmux import needed, table, terminal

from wool.runtime.worker.proxy import WorkerProxy

LIMIT = 20.0
QUICK = ("--interval", "0.3", "--window", "2")


class Discovery:
    """A discovery service on a socket, which begins and ends when a test says so."""

    def __init__(self, path: Path) -> None:
        self.address = f"unix:{path}"
        self._path = path

    @asynccontextmanager
    async def running(self, port: str) -> AsyncGenerator[None]:
        """Tell of the worker on *port* of this machine; killed in the end."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "wool_discovery_docker", "--socket", self._path),
            *("--source", f"dns:localhost:{port}"),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            self._path.unlink(missing_ok=True)


async def test_a_discovery_comes_goes_and_comes_back() -> None:
    """It is named while it cannot be reached, and no longer; workers of before stay shown."""
    needed()
    with tempfile.TemporaryDirectory(prefix="wt-", dir="/tmp") as folder:
        discovery = Discovery(Path(folder) / "d.sock")
        async with workers(1) as (one,), terminal(100, 14) as pane:
            port = one.address.rpartition(":")[2]
            await pane.run(*WOOL, "top", "--docker", discovery.address, *QUICK)
            await pane.shows(r"^docker: the discovery service cannot be followed")
            async with discovery.running(port):
                lines = await pane.shows(lambda lines: one.address in table(lines))
                assert not troubled(lines)
            lines = await pane.shows(r"^docker: the discovery service cannot be followed")
            assert table(lines)[one.address]["STATE"] == "ready"
            async with discovery.running(port):
                lines = await pane.shows(lambda lines: not troubled(lines))
                assert table(lines)[one.address]["STATE"] == "ready"


def troubled(lines: list[str]) -> bool:
    """Tell whether the discovery is complained about."""
    return any(line.startswith("docker: ") for line in lines)


async def test_a_drained_worker_is_seen_to_its_end() -> None:
    """It drains while its task runs, is told of once it has ended, and `q` leaves the rest be."""
    needed()
    async with workers(2) as pair, terminal(110, 16) as pane:
        first, other = sorted(pair, key=lambda one: one.address)
        async with WorkerProxy(workers=[first.address, other.address]) as proxy:
            held = asyncio.ensure_future(proxy.run(nap.options(worker=first.uid), 600.0))
            await pane.run(*WOOL, "top", "--static", f"{first.address},{other.address}", *QUICK)
            await pane.shows(lambda lines: table(lines).get(first.address, {}).get("ACT") == "1")
            await pane.press("Down", "d", "y")
            await pane.shows(rf"^{first.address} drains; 1 task still ran")
            lines = await pane.shows(rf"{first.address} +draining")
            assert table(lines)[other.address]["STATE"] == "ready"
            held.cancel()
            lines = await pane.shows(rf"^{first.address} has ended")
            assert f"{first.address}: connection refused; it was draining" in lines
            assert "q quit" in lines[-1]
            await pane.press("q")
            await pane.shows(r"^\$ *$")
            assert await proxy.run(nap.options(worker=other.uid), 0.0) is None


@pytest.mark.parametrize("height", [24, 10, 6, 3, 1])
async def test_a_low_window(height: int) -> None:
    """Workers are seen before anything else, also the selected one of many."""
    needed()
    gone = [f"127.0.0.9:{port}" for port in range(1, 9)]
    async with workers(1) as (one,), terminal(60, 24) as pane:
        await pane.run(*WOOL, "top", "--static", ",".join([one.address, *gone]), *QUICK)
        await pane.shows(r"9 workers: 1 ready, 8 unreachable")
        await pane.press("Up")
        await pane.resize(60, height)
        if height < 3:
            await pane.shows(r"^wool top: 9 workers")
        else:
            await pane.shows(lambda lines: gone[-1] in table(lines, "ADDRESS"))
        await pane.press("q")
        await pane.shows(r"^\$ *$")


async def test_many_die_at_once() -> None:
    """The last one that is left goes on to be shown with its numbers."""
    needed()
    async with workers(3) as (one, two, three), terminal(110, 16) as pane:
        every = ",".join(worker.address for worker in (one, two, three))
        async with WorkerProxy(workers=[three.address]) as proxy:
            load = asyncio.create_task(naps(proxy))
            await pane.run(*WOOL, "top", "--static", every, *QUICK)
            await pane.shows(r"3 workers: 3 ready")
            one.kill()
            two.kill()
            await pane.shows(r"3 workers: 1 ready, 2 unreachable")
            lines = await pane.shows(
                lambda lines: float(table(lines)[three.address]["TASKS/S"].replace("-", "0")) > 1
            )
            load.cancel()

    rows = table(lines)
    assert {rows[worker.address]["TASKS/S"] for worker in (one, two)} == {"-"}
    assert [rows[worker.address]["WORKER"] for worker in (one, two)] == [one.uid[:8], two.uid[:8]]


async def naps(proxy: WorkerProxy) -> None:
    """Have the workers do something all the time."""
    while True:
        await proxy.run(nap, 0.02)
