"""Look at a program in a real terminal, as a person would."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

LIMIT: Final = 30.0
LOOK_SECONDS: Final = 0.1


class Pane:
    """A terminal of a size of its own, with a shell in it."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def screen(self) -> list[str]:
        """Return the lines that can be seen."""
        return (await self._say("capture-pane", "-p")).splitlines()

    async def colours(self) -> str:
        """Return what can be seen, with the codes of its colours."""
        return await self._say("capture-pane", "-p", "-e")

    async def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        await self._say("send-keys", *keys)

    async def run(self, *command: str) -> None:
        """Type a command, and Enter."""
        await self._say("send-keys", "-l", shlex.join(command))
        await self.press("Enter")

    async def resize(self, columns: int, lines: int) -> None:
        """Change the size of the window."""
        await self._say("resize-window", "-x", str(columns), "-y", str(lines))

    async def shows(
        self, wanted: str | Callable[[list[str]], bool], limit: float = LIMIT
    ) -> list[str]:
        """Return what is on screen once *wanted*, a pattern, is somewhere on it."""
        lines: list[str] = []
        try:
            async with asyncio.timeout(limit):
                while True:
                    lines = await self.screen()
                    if isinstance(wanted, str):
                        found = re.search(wanted, "\n".join(lines), re.MULTILINE) is not None
                    else:
                        found = wanted(lines)
                    if found:
                        return lines
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise AssertionError("never shown; last was\n" + "\n".join(lines)) from None

    async def _say(self, *words: str) -> str:
        return await tmux(self._socket, *words)


@asynccontextmanager
async def terminal(columns: int, lines: int, **variables: str) -> AsyncGenerator[Pane]:
    """Open a terminal with a shell; it is closed, and all that runs in it ended."""
    folder = Path(tempfile.mkdtemp(prefix="wt-", dir="/tmp"))
    socket = folder / "tmux"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WOOL_", "TMUX"))}
    shell = ("env", "-i", *(f"{k}={v}" for k, v in {**kept, "PS1": "$ ", **variables}.items()))
    size = ("-x", str(columns), "-y", str(lines))
    await tmux(socket, "-f", "/dev/null", "new-session", "-d", *size, shlex.join((*shell, "sh")))
    try:
        yield Pane(socket)
    finally:
        await tmux(socket, "kill-server")
        shutil.rmtree(folder)


async def tmux(socket: Path, *words: str) -> str:
    """Say *words* to the tmux at *socket*, and return its answer."""
    process = await asyncio.create_subprocess_exec(
        *("tmux", "-S", str(socket), *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    async with asyncio.timeout(LIMIT):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


def needed() -> None:
    """Skip the test where there is no tmux; fail it where there has to be."""
    if shutil.which("tmux") is not None:
        return
    reason = "needs tmux, to see what a person would: apt-get install tmux"
    if os.environ.get("WOOL_LAB") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def table(lines: Sequence[str], first: str = "WORKER") -> dict[str, dict[str, str]]:
    """Return the rows of the table on screen, by address, each by its titles."""
    at = next((n for n, line in enumerate(lines) if line.split()[:1] == [first]), None)
    if at is None:
        return {}
    titles = lines[at].split()
    rows: dict[str, dict[str, str]] = {}
    for line in lines[at + 1 :]:
        cells = re.split(r"\s{2,}", line.strip())
        if len(cells) != len(titles):
            break
        row = dict(zip(titles, cells, strict=True))
        rows[row["ADDRESS"]] = row
    return rows
