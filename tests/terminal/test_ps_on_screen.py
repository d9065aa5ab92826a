"""`wool ps`, as a person would see it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from terminal_workers import WOOL, nap, workers
from tmux import needed, table, terminal

from wool.runtime.worker.proxy import WorkerProxy

DOCS = Path(__file__).resolve().parents[2] / "docs/cli.md"


async def test_workers_are_shown() -> None:
    """The load is what it is, and the reason of one that is gone can be read in whole."""
    needed()
    async with workers(2, "--tag", "gpu") as pair, terminal(100, 16) as pane:
        addresses = [one.address for one in pair]
        async with WorkerProxy(workers=addresses) as proxy:
            busy = nap.options(worker=pair[0].uid)
            held = [asyncio.ensure_future(proxy.run(busy, 300.0)) for _ in range(3)]
            await proxy.run(busy, 0.0)  # the three have been taken before it
            await pane.run(*WOOL, "ps", "--static", ",".join([*addresses, "127.0.0.1:9"]))
            lines = await pane.shows(r"127.0.0.1:9: connection refused")
            for task in held:
                task.cancel()

    rows = table(lines)
    assert {address: rows[address]["ACTIVE"] for address in rows} == {
        addresses[0]: "3",
        addresses[1]: "0",
        "127.0.0.1:9": "-",
    }
    assert rows[addresses[0]]["WORKER"] == pair[0].uid[:8]
    assert rows[addresses[0]]["TAGS"] == "gpu"
    titles = next(line for line in lines if line.startswith("WORKER")).split()
    assert " ".join(titles) in [" ".join(line.split()) for line in DOCS.read_text().splitlines()]


async def test_a_window_of_60_columns() -> None:
    """Columns are left out in place of lines being broken."""
    needed()
    async with workers(1) as (one,), terminal(60, 16) as pane:
        await pane.run(*WOOL, "ps", "--static", one.address)
        lines = await pane.shows(r"ready")

    row = next(line for line in lines if "ready" in line and one.address in line)
    assert row.split()[1:3] == [one.address, "ready"] or row.split()[:2] == [one.address, "ready"]


async def test_watching_a_worker_that_dies() -> None:
    """The table is drawn again where it was, until Ctrl-C."""
    needed()
    async with workers(1) as (one,), terminal(100, 16) as pane:
        await pane.run(*WOOL, "ps", "--watch", "--interval", "0.2", "--static", one.address)
        await pane.shows(rf"{one.address} +ready")
        one.kill()
        lines = await pane.shows(rf"{one.address} +unreachable")
        await pane.press("C-c")
        await pane.shows(r"^\$ *$")

    assert len([line for line in lines if line.startswith("WORKER")]) == 1
