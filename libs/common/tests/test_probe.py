"""Asking a program on this machine whether it serves."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from wool_common import probe
from wool_common.probe_server import answering, checked_probe

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are of Linux")

NAME = f"test-{os.getpid()}"


async def ask(seconds: float = 2.0) -> str:
    return await asyncio.to_thread(probe.ask, NAME, seconds)


async def test_the_answer_is_that_of_the_moment() -> None:
    """Every question is answered with how it is then."""
    serves = False
    async with answering(NAME, lambda: serves):
        assert await ask() == probe.NOT_SERVING
        serves = True
        assert await ask() == probe.SERVING
        assert await ask() == probe.SERVING
    assert "nobody answers" in await ask()


async def test_a_loop_that_hangs_answers_nobody() -> None:
    """Who asks does not wait for ever."""
    async with answering(NAME, lambda: True):
        assert probe.ask(NAME, 0.05) == "no answer within 0.05 s"


async def test_a_name_is_had_once() -> None:
    """A second program of that name does not start, and says why."""
    async with answering(NAME, lambda: True):
        with pytest.raises(OSError, match=f"cannot answer probes of {NAME}.*does another program"):
            async with answering(NAME, lambda: True):
                pass
        assert await ask() == probe.SERVING


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 65, "ü"])
def test_names_are_simple(name: str) -> None:
    """What would need quoting in a health check is no name."""
    with pytest.raises(ValueError, match="letters, digits"):
        checked_probe(name)


async def test_as_a_file_it_is_cheap(tmp_path: Path) -> None:
    """Alone, without any package, it says how it is by its exit code, in few milliseconds."""
    alone = tmp_path / "probe.py"
    shutil.copy(probe.__file__, alone)
    command = [sys.executable, "-I", "-S", str(alone), NAME]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    nobody = await asyncio.to_thread(run)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    async with answering(NAME, lambda: True):
        answers = [await asyncio.to_thread(run) for _ in range(5)]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    async with answering(NAME, lambda: False):
        refused = await asyncio.to_thread(run)

    assert [(one.returncode, one.stdout) for one in answers] == [(0, "SERVING\n")] * 5
    assert (refused.returncode, refused.stdout) == (1, "NOT_SERVING\n")
    assert nobody.returncode == 1
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent / 5 < 0.05


def test_it_takes_one_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Anything else is a wrong use."""
    assert probe.main([]) == 2
    assert "usage" in capsys.readouterr().err


async def test_one_who_hangs_up_is_no_harm() -> None:
    """Answers go on after somebody connected and left."""
    async with answering(NAME, lambda: True):
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(probe.place(NAME))
        assert await ask() == probe.SERVING
