"""Completion, the doctor, and `wool top` where nobody looks."""

from __future__ import annotations

import asyncio
import re

import pytest
from cli_programs import busy, wool, worker
from cli_routines import nap

from wool.runtime.worker.proxy import WorkerProxy
from wool_common.errors import NoWorkersAvailable


async def test_completing_commands_is_quick_and_knows_options() -> None:
    """Commands are completed with what they do, options once a command is named."""
    listed = await wool(_WOOL_COMPLETE="fish_complete", COMP_WORDS="wool ", COMP_CWORD="p")
    options = await wool(_WOOL_COMPLETE="bash_complete", COMP_WORDS="wool ps --st", COMP_CWORD="2")

    assert re.findall(r"plain,(\w+)", listed.out) == ["ping", "ps"]
    assert options.out == "plain,--static\n"


async def test_the_doctor_looks_at_everything() -> None:
    """Every finding has a name and a health; what is wrong has advice."""
    done = await wool("doctor", "--json")

    found = {one["name"]: one for one in done.document["findings"]}
    assert {"Python", "gRPC", "worker", "multicast", "Docker", "clock"} <= found.keys()
    assert (found["gRPC"]["health"], found["worker"]["health"]) == ("ok", "ok")
    assert [one for one in found.values() if one["health"] == "problem" and not one["advice"]] == []
    assert done.code == any(one["health"] == "problem" for one in found.values())


async def test_the_doctor_sees_a_bad_certificate() -> None:
    """What the environment names is looked at; a problem is exit code 1."""
    done = await wool("doctor", "--quick", WOOL_CERT="/nowhere.pem")

    assert done.code == 1
    assert re.search(r"problem +certificates +/nowhere.pem", done.out)


async def test_top_counts_what_was_refused() -> None:
    """Programs get a document a line; refusals are told by reason."""
    async with worker("--max-tasks", "1") as address, WorkerProxy(workers=[address]) as proxy:
        held = asyncio.ensure_future(proxy.run(nap, 60.0))
        await busy(address)
        watching = asyncio.create_task(
            wool("top", "--static", address, "--json", "--count", "8", "--interval", "0.5")
        )
        refused = 0
        while not watching.done():
            with pytest.raises(NoWorkersAvailable):
                await nap(0.0)
            refused += 1
            await asyncio.sleep(0.01)  # the load: about 100 a second
        held.cancel()
        done = watching.result()

    last = done.documents[-1]
    assert (done.code, len(done.documents)) == (0, 8)
    rates = last["workers"][0]["rates"]
    assert set(rates["refused"]) == {"max-tasks"}
    assert 0 < rates["refused"]["max-tasks"] <= refused
    assert (last["total"]["active"], rates["tasks_per_second"]) == (1, 0)


async def test_top_prints_lines_where_nobody_looks() -> None:
    """No colours, nothing that moves the cursor."""
    done = await wool("top", "--static", "localhost:9", "--count", "2", "--interval", "0.1")

    assert done.code == 0
    assert done.out.count("wool top: 1 worker: 1 unreachable") == 2
    assert "\x1b" not in done.out
