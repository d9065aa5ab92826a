"""How the log of a worker looks, and who says so."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import logging_routines as r
import pytest
from logging_workers import HERE, pool_of


async def test_people_get_lines_and_programs_get_json(tmp_path: Path) -> None:
    """The form goes for what routines say, too."""
    async with pool_of(tmp_path, "a") as (worker,):
        said = await r.say("hello")
        await worker.event("saying hello")
        await worker.stopped()
    console = await _console(tmp_path)

    assert all(line.startswith("{") for line in worker.raw)
    assert said not in console
    assert "saying hello" in console
    assert "routine=logging_routines.say " in console


@pytest.mark.parametrize(("level", "events"), [("info", 2), ("warning", 0)])
async def test_the_level_goes_for_routines_too(tmp_path: Path, level: str, events: int) -> None:
    """What is below it is not written, whoever says it, by whatever means."""
    variables = {"WOOL_LOG_LEVEL": level}
    code = (
        "import asyncio, wool, logging_routines as r\n"
        "async def main():\n"
        "    async with wool.WorkerPool(size=1):\n"
        "        await r.say('hello'); await r.say_event(7)\n"
        "asyncio.run(main())\n"
    )

    err = await _client(tmp_path, code, **variables)

    assert err.count("saying hello") + err.count("counted") == events


async def test_an_application_that_configures_logs_keeps_its_own(tmp_path: Path) -> None:
    """Its lines look as it wants, and name the task by what we offer for that."""
    async with pool_of(tmp_path, "a", flags=("--preload", "own_logging")) as (worker,):
        said = await r.say("hello")
        counted = await r.say_event(7)
        await worker.stopped()

    assert f"own saying hello task={said} root={said}" in worker.raw
    assert any(line.startswith(f"event='counted' task='{counted}'") for line in worker.raw)
    assert [line["event"] for line in worker.lines] == [
        "worker_ready",
        "worker_draining",
        "worker_ended",
    ]


async def test_the_library_says_nothing_unless_it_is_heard(tmp_path: Path) -> None:
    """An application that has set up no logging sees no line of ours; one that has, does."""
    code = (
        "import asyncio, logging, sys, wool, logging_routines as r\n"
        "def broken(event): raise ValueError('as asked')\n"
        "async def main():\n"
        "    async with wool.WorkerPool(size=1):\n"
        "        with wool.on_dispatch(broken):\n"
        "            await r.say('hello')\n"
        "if 'heard' in sys.argv: logging.basicConfig()\n"
        "asyncio.run(main())\n"
    )

    quiet = await _client(tmp_path, code)
    heard = await _client(tmp_path, code, "heard")

    assert quiet == ""
    assert "ERROR:wool:the callback of on_dispatch has failed" in heard


async def _console(folder: Path) -> str:
    code = (
        "import asyncio, wool, logging_routines as r\n"
        "async def main():\n"
        "    async with wool.WorkerPool(size=1): await r.say('hello')\n"
        "asyncio.run(main())\n"
    )
    return await _client(folder, code, WOOL_LOG_LEVEL="info", WOOL_LOG_FORMAT="console")


async def _client(folder: Path, code: str, *arguments: str, **variables: str) -> str:
    """Run *code* as an application, and return what it and its workers said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, *arguments),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={"PYTHONPATH": str(HERE), **variables},
    )
    _, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return err.decode()
