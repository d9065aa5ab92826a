"""Make mistakes, and take down what is told."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from mistake import COMMAND, Area, Mistake
from normal import normal

PROGRAMS: Final = {"wool": "wool.cli", "wool-worker": "wool_worker"}
"""The modules that run where these are called."""

LIMIT: Final = 20.0
"""Seconds after which a call that is told nothing has hung."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a call was told: the class of an exception or an exit code, and the text."""

    key: str
    error: str
    text: str


async def make_all(areas: Sequence[Area], wanted: str = "") -> list[Told]:
    """Make the mistakes of *areas* whose key has the *wanted* words; return what each was told."""
    # What is given belongs to the script it stands for, and travels by value.
    script = ModuleType("__main__")
    sys.modules["__main__"] = script
    told: list[Told] = []
    for area in areas:
        exec(area.given, vars(script))
        chosen = [mistake for mistake in area.mistakes if wanted in area.key(mistake)]
        if not chosen:
            continue
        async with area.setting() as names:
            vars(script).update(names)
            given, environ = dict(vars(script)), dict(os.environ)
            for mistake in chosen:
                error, text = await _make(mistake, script)
                told.append(Told(key=area.key(mistake), error=error, text=normal(text)))
                vars(script).clear()
                vars(script).update(given)
                os.environ.clear()
                os.environ.update(environ)
    return told


async def _make(mistake: Mistake, script: ModuleType) -> tuple[str, str]:
    if mistake.is_command:
        return await _command(mistake.call.removeprefix(COMMAND))
    code = compile(
        mistake.call, mistake.title, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
    )
    try:
        async with asyncio.timeout(LIMIT):
            waits = eval(code, vars(script))
            if inspect.iscoroutine(waits):
                await waits
    except Exception as exc:  # noqa: BLE001 - whatever it is, the page shows it
        return type(exc).__qualname__, str(exc)
    return "nothing", ""


async def _command(line: str) -> tuple[str, str]:
    words = shlex.split(line)
    settings: dict[str, str] = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        settings[name] = value
    program, *arguments = words
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", PROGRAMS[program], *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **settings},
    )
    try:
        async with asyncio.timeout(LIMIT):
            _, told = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    # What gRPC writes there of its own accord is left out.
    own = [line for line in told.decode().splitlines() if line.startswith(program)]
    return f"exit code {process.returncode}", "\n".join(own)
