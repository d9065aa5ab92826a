"""Completing what is typed, in the shells themselves."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest
from terminal_workers import WOOL
from tmux import needed, terminal


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return a PATH on which `wool` is found, as where it is installed."""
    command = tmp_path / "bin" / "wool"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.join(WOOL)} "$@"\n')
    command.chmod(0o755)
    return os.pathsep.join([str(command.parent), os.environ["PATH"]])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("wool desc", r"^\$ wool describe $"),
        ("wool ps --wat", r"^\$ wool ps --watch $"),
        ("wool docker pr", r"^\$ wool docker prune $"),
        ("wool completion z", r"^\$ wool completion zsh $"),
        ("wool worker --metrics-p", r"^\$ wool worker --metrics-port $"),
        ("wool ping --ca certs/c", r"^\$ wool ping --ca certs/ca.pem $"),
    ],
)
async def test_bash_completes(typed: str, expected: str, path: str, tmp_path: Path) -> None:
    """Commands, options, values, files and the flags of a worker, as the page says to set it up."""
    needed()
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "ca.pem").touch()
    async with terminal(80, 12, PATH=path, BASH_SILENCE_DEPRECATION_WARNING="1") as pane:
        await pane.run("cd", str(tmp_path))
        await pane.run("exec", "bash", "--norc", "--noprofile")
        await pane.press('eval "$(wool completion bash)" && clear && echo ready', "Enter")
        await pane.shows(r"\Aready$")
        await pane.press(typed, "Tab")
        # A blank at the end is not told; the cursor's place would tell it.
        await pane.shows(expected.replace(" $", "$"))


async def test_bash_lists_what_may_be_meant(path: str) -> None:
    """A second Tab shows all of it."""
    needed()
    async with terminal(80, 12, PATH=path) as pane:
        await pane.run("exec", "bash", "--norc", "--noprofile")
        await pane.press('eval "$(wool completion bash)" && clear && echo ready', "Enter")
        await pane.shows(r"\Aready$")
        await pane.press("wool p", "Tab", "Tab")
        lines = await pane.shows(r"^ping +ps$")

    assert sys.executable not in "".join(lines)
