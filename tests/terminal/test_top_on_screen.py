"""`wool top`, as a person would see it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from statistics import median

import pytest
from terminal_workers import WOOL, Load, nap, workers
from tmux import Pane, needed, table, terminal

from wool.runtime.worker.proxy import WorkerProxy

DOCS = Path(__file__).resolve().parents[2] / "docs/cli.md"
WINDOW = 5.0
NAP = 0.02
LOOKS = 7
TOTAL = re.compile(r"tasks/s ([\d.]+)")


@pytest.fixture
async def pane() -> AsyncGenerator[Pane]:
    """Open a terminal of a common size."""
    needed()
    async with terminal(110, 18) as opened:
        yield opened


async def watch(pane: Pane, *addresses: str, **options: str) -> None:
    """Start `wool top`."""
    more = [word for name, value in options.items() for word in (f"--{name}", value)]
    window = ("--window", f"{WINDOW:g}", "--interval", "0.5")
    await pane.run(*WOOL, "top", "--static", ",".join(addresses), *window, *more)


@pytest.mark.slow
async def test_the_numbers_are_true(pane: Pane) -> None:
    """Tasks per second of three workers, and of all, are within a tenth of what was sent."""
    async with workers(3) as three, WorkerProxy(workers=[one.address for one in three]) as proxy:
        rates = {one.uid: rate for one, rate in zip(three, (60.0, 30.0, 10.0), strict=True)}
        load = Load(proxy, rates, NAP)
        held = [
            asyncio.ensure_future(proxy.run(nap.options(worker=three[2].uid), 300.0))
            for _ in range(4)
        ]
        async with load.sent():
            await watch(pane, *(one.address for one in three))
            await pane.shows(r"3 workers: 3 ready")
            await asyncio.sleep(2 * WINDOW)  # the load goes on for two windows
            looks = [await look(pane, load, *(one.uid for one in three)) for _ in range(LOOKS)]
        for task in held:
            task.cancel()

    # One look and what it is compared with are moments apart, which a busy machine makes much of.
    sent = {one.uid: median(truth[one.uid] for truth, _ in looks) for one in three}
    shown = looks[-1][1]
    rows = table(shown)
    assert set(rows) == {one.address for one in three}
    for one in three:
        seen = median(float(table(lines)[one.address]["TASKS/S"]) for _, lines in looks)
        assert seen == pytest.approx(sent[one.uid], rel=0.1), [one.address, looks]
        assert rows[one.address]["STATE"] == "ready"
        assert rows[one.address]["WORKER"] == one.uid[:8]
    total = median(float(TOTAL.findall("\n".join(lines))[0]) for _, lines in looks)
    assert total == pytest.approx(sum(sent.values()), rel=0.1)
    assert 4 <= int(rows[three[2].address]["ACT"]) <= 8  # those held, and a nap or more
    # From buckets, as Prometheus would tell it: no nap was shorter than its bucket's bound.
    assert all(10 <= milliseconds(row["P50"]) <= milliseconds(row["P99"]) for row in rows.values())


async def look(pane: Pane, load: Load, *uids: str) -> tuple[dict[str, float], list[str]]:
    """Return how many tasks a second have ended on each worker, and what is shown."""
    await asyncio.sleep(0.5)  # as often as the screen is drawn
    at, lines = time.monotonic(), await pane.screen()
    return {uid: load.ended(uid, at - WINDOW, at) / WINDOW for uid in uids}, lines


def milliseconds(text: str) -> float:
    """Return what a latency on screen says."""
    number, unit = text.split()
    return float(number) * {"µs": 1e-3, "ms": 1.0, "s": 1e3}[unit]


async def test_a_worker_dies_on_screen(pane: Pane) -> None:
    """It stays, with the reason; the others go on, and so does the screen."""
    async with workers(2) as (one, other):
        await watch(pane, one.address, other.address)
        await pane.shows(r"2 workers: 2 ready")
        one.kill()
        lines = await pane.shows(r"1 ready, 1 unreachable")

        rows = table(lines)
        assert rows[one.address]["STATE"] == "unreachable"
        assert rows[one.address]["TASKS/S"] == "-"
        assert rows[other.address]["STATE"] == "ready"
        assert any(line.startswith(f"{one.address}: ") for line in lines)
        await pane.press("q")
        await pane.shows(r"^\$ *$")


async def test_a_window_of_60_columns(pane: Pane) -> None:
    """What matters most stays, in line, when the window shrinks while one looks."""
    async with workers(2) as (one, other):
        await watch(pane, one.address, other.address)
        await pane.shows(r"2 workers: 2 ready")
        await pane.resize(60, 18)
        lines = await pane.shows(lambda lines: "WORKER" not in "".join(lines))

    assert max(map(len, lines)) <= 60
    rows = table(lines, "ADDRESS")
    assert set(rows) == {one.address, other.address}
    assert set(rows[one.address]) >= {"STATE", "TASKS/S", "ACT", "P99"}
    assert "q quit" in "".join(lines)


async def test_discoveries_that_cannot_be_reached(pane: Pane) -> None:
    """Each is named with what is wrong; the workers found otherwise are shown."""
    async with workers(1) as (one,):
        await watch(pane, one.address, dns="workers.invalid", docker="127.0.0.1:9")
        lines = await pane.shows(
            lambda lines: (
                troubled(lines) and table(lines).get(one.address, {}).get("STATE") == "ready"
            )
        )

    assert all(not line.startswith(("I0", "E0", "W0", "Traceback")) for line in lines)


def troubled(lines: list[str]) -> bool:
    """Tell whether both discoveries are complained about."""
    starts = [line.partition(": ")[0] for line in lines]
    return {"dns:workers.invalid", "docker"} <= set(starts)


async def test_draining_a_worker_by_a_key(pane: Pane) -> None:
    """It is asked about, done, and seen on screen; another answer does nothing."""
    async with workers(2) as pair:
        first, second = sorted(pair, key=lambda one: one.address)
        await watch(pane, first.address, second.address)
        await pane.shows(r"2 workers: 2 ready")
        await pane.press("Down", "d")
        await pane.shows(rf"^drain {first.address}\?.* y/n")
        await pane.press("n")
        await pane.shows(r"^nothing was drained")
        await pane.press("Down", "d")
        await pane.shows(rf"^drain {second.address}\?.* y/n")
        await pane.press("y")
        lines = await pane.shows(r"1 ready, 1 unreachable")

    assert table(lines)[second.address]["STATE"] == "unreachable"


async def test_sorting_by_keys(pane: Pane) -> None:
    """The busiest comes first once it is asked for."""
    async with workers(2) as pair, WorkerProxy(workers=[one.address for one in pair]) as proxy:
        _, last = sorted(pair, key=lambda one: one.address)
        held = asyncio.ensure_future(proxy.run(nap.options(worker=last.uid), 300.0))
        await watch(pane, *(one.address for one in pair))
        await pane.shows(lambda lines: table(lines).get(last.address, {}).get("ACT") == "1")
        await pane.press("a")
        await pane.shows(lambda lines: next(iter(table(lines)), None) == last.address)
        held.cancel()


async def test_the_terminal_is_left_as_it_was(pane: Pane) -> None:
    """What was there before is there again, and keys are echoed, after q and after Ctrl-C."""
    await pane.run("echo", "before")
    await pane.shows(r"^before$")
    for key, code in (("q", 0), ("C-c", 130)):
        await watch(pane, "127.0.0.1:9")
        await pane.shows(r"1 unreachable")
        await pane.press(key)
        await pane.shows(left)
        await pane.press("echo code $?", "Enter")
        await pane.shows(rf"^code {code}$")


def left(lines: list[str]) -> bool:
    """Tell whether the shell waits, below what was there before."""
    written = [line.strip() for line in lines if line.strip()]
    return "before" in written and written[-1] == "$"


async def test_without_colours() -> None:
    """NO_COLOR leaves the colours out, and everything else in."""
    needed()
    async with workers(1) as (one,):
        found: list[bool] = []
        for variables in ({"NO_COLOR": "1"}, {}):
            async with terminal(110, 18, **variables) as pane:
                await watch(pane, one.address)
                await pane.shows(r"1 worker: 1 ready")
                found.append("\x1b[32m" in await pane.colours())

    assert found == [False, True]


async def test_the_page_shows_this_table(pane: Pane) -> None:
    """The capture in docs/cli.md has the columns that there are."""
    async with workers(1) as (one,):
        await watch(pane, one.address)
        lines = await pane.shows(lambda lines: one.address in table(lines))

    titles = " ".join(next(line for line in lines if line.startswith("WORKER")).split())
    page = (" ".join(line.split()) for line in DOCS.read_text().splitlines())
    shown = [line for line in page if line.startswith("WORKER ADDRESS STATE TASKS/S")]
    # Narrow numbers leave room for another column.
    assert shown != []
    assert all(titles.startswith(line) for line in shown)
