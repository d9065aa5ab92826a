"""The commands about one worker, run as from a shell."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from cli_programs import busy, wool, worker
from cli_routines import fail, nap

from wool.runtime.worker.proxy import WorkerProxy
from wool_common.errors import NoWorkersAvailable

HERE = Path(__file__).parent


async def test_describing_a_worker_that_has_worked() -> None:
    """What it has counted is told with what it is."""
    async with worker("--max-tasks", "1") as address:
        async with WorkerProxy(workers=[address]) as proxy:
            for _ in range(3):
                await nap(0.01)
            with pytest.raises(ValueError, match="as asked"):
                await fail()
            held = asyncio.ensure_future(proxy.run(nap, 60.0))
            await busy(address)
            with pytest.raises(NoWorkersAvailable):
                await nap(0.0)
            done = await wool("describe", address, "--json")
            held.cancel()
        shown = await wool("describe", address)

    found = done.document
    assert found["ended"] == {"returned": 3, "raised": 1, "cancelled": 0, "lost": 0}
    assert found["refused"] == {"max-tasks": 1}
    assert (found["active"], found["waiting"]) == (1, 0)
    assert sum(found["task_seconds"]["counts"]) == 4
    assert shown.code == 0
    assert "tasks refused  1 max-tasks" in shown.out


async def test_describing_nobody() -> None:
    """One line says why, also beside JSON."""
    done = await wool("describe", "localhost:9", "--json")

    assert (done.code, done.document["state"]) == (1, "unreachable")
    assert done.err == "wool describe: localhost:9: connection refused\n"


async def test_draining_a_worker_until_it_has_ended() -> None:
    """It is gone when the command returns."""
    async with worker() as address:
        done = await wool("drain", address, "--wait", "20", "--json")
        after = await wool("describe", address)

    assert (done.code, done.document["ended"], done.document["active"]) == (0, True, 0)
    assert after.code == 1


async def test_draining_a_busy_worker() -> None:
    """Its tasks are told of, and exit code 1 says that it goes on beyond the time."""
    async with worker() as address, WorkerProxy(workers=[address]) as proxy:
        held = asyncio.ensure_future(proxy.run(nap, 60.0))
        await busy(address)
        done = await wool("drain", address, "--wait", "0.5")
        listed = await wool("ps", "--json", "--static", address)
        cut = await wool("drain", address, "--grace", "0", "--wait", "20")
        with pytest.raises(Exception, match="stopped"):
            await held

    assert done.code == 1
    assert done.out == f"{address} drains: 1 task ran there\n"
    assert done.err == f"wool drain: {address} has not ended within 0.5 s\n"
    assert (listed.code, listed.document["workers"][0]["state"]) == (3, "draining")
    assert cut.code == 0


async def test_pinging() -> None:
    """Every answer is counted, in the histogram too."""
    async with worker() as address:
        done = await wool("ping", address, "--count", "11", "--interval", "0", "--json")
        shown = await wool("ping", address, "--count", "3", "--interval", "0")

    found = done.document
    assert (done.code, found["asked"], found["answered"]) == (0, 11, 11)
    assert sum(row["count"] for row in found["histogram"]) == len(found["seconds"]) == 10
    assert min(found["seconds"]) <= found["p50_seconds"] <= found["p99_seconds"] < 5
    assert shown.out.startswith(f"{address}: 3 of 3 questions answered\n")


async def test_pinging_nobody() -> None:
    """What went unanswered is counted, and the reason told once."""
    done = await wool("ping", "localhost:9", "--count", "2", "--interval", "0")

    assert done.code == 1
    assert done.out == "localhost:9: 0 of 2 questions answered\n"
    assert done.err == "wool ping: localhost:9: connection refused\n"


async def test_the_worker_is_the_one_of_wool_worker() -> None:
    """`wool worker` takes its flags, and becomes it."""
    async with worker("--tag", "gpu", command=("wool.cli", "worker")) as address:
        done = await wool("describe", address, "--json")
    refused = await wool("worker", "--tags", "gpu")

    assert done.document["tags"] == ["gpu"]
    assert (refused.code, refused.err) == (2, "wool-worker: unrecognized arguments: --tags gpu\n")


async def test_explaining_a_routine() -> None:
    """Each worker is told of: tried, or why not."""
    async with worker("--tag", "gpu") as tagged, worker() as other:
        places = ("--static", f"{tagged},{other},localhost:9")
        done = await wool("explain", "cli_routines:render", *places, "--json", cwd=HERE)
        shown = await wool("explain", "cli_routines:render", *places, cwd=HERE)
        free = await wool("explain", "cli_routines:Studio.paint", *places, "--json", cwd=HERE)
        pooled = await wool(
            *("explain", "cli_routines:nap", *places, "--pool-tag", "cpu", "--json"), cwd=HERE
        )

    whys = {one["address"]: (one["tried"], one["why"]) for one in done.document["workers"]}
    assert whys == {
        tagged: (True, "ready, no tasks there"),
        other: (False, "carries no tag of the routine's: gpu"),
        "localhost:9": (False, "unreachable: connection refused"),
    }
    assert "cli_routines:render wants a worker with one of the tags gpu" in shown.out
    assert [one["tried"] for one in free.document["workers"]] == [True, True, False]
    assert (pooled.code, pooled.document["pool_tags"]) == (3, ["cpu"])


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("cli_routines", "'cli_routines' is not MODULE:ROUTINE, such as pictures:resize"),
        ("cli_routines:nobody", "cli_routines has no nobody"),
        ("cli_routines:plain", "cli_routines:plain is no routine: it lacks @wool.routine"),
        ("cli_nowhere:f", "cli_nowhere cannot be imported: ModuleNotFoundError"),
    ],
)
async def test_explaining_what_is_no_routine(name: str, problem: str) -> None:
    """One line says what is there in its place."""
    done = await wool("explain", name, cwd=HERE)

    assert done.code == 2
    assert done.err.startswith(f"wool explain: {problem}")
