"""Hold what readers are to type into a shell to the flags that the programs have."""

from __future__ import annotations

import re
import shlex
from typing import Final

import click
import pytest
from pages import Block, blocks, name_of, pages

from wool.cli.commands import wool
from wool_discovery_docker.flags import FLAGS as DISCOVERY
from wool_worker.flags import FLAGS as WORKER

PROGRAMS: Final = {"wool-worker": WORKER, "wool-discovery-docker": DISCOVERY}
COMMON: Final = {"--help", "--version"}
SHOWN: Final = [
    pytest.param(block, id=f"{name_of(page)}:{block.line}")
    for page in pages()
    for block in blocks(page, "sh")
    if re.search(r"^\S*\s*wool[ -]", block.code, re.MULTILINE)
]
ENDS: Final = frozenset({"&", "&&", "|", "||", ";", ">", ">/dev/null", "2>&1"})


def commands(block: Block) -> list[list[str]]:
    """Return the words of each line of *block* that begins with one of Wool's programs."""
    found: list[list[str]] = []
    for line in block.code.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True) if line.count("'") % 2 == 0 else []
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words = words[1:]
        if words and words[0] in {*PROGRAMS, "wool"}:
            end = next((n for n, word in enumerate(words) if word in ENDS), len(words))
            found.append(words[:end])
    return found


def flags(words: list[str]) -> set[str]:
    """Return the long flags among *words*."""
    return {word.partition("=")[0] for word in words if word.startswith("--")}


def known(words: list[str]) -> set[str]:
    """Return the flags that the program takes to which *words* are said."""
    program, *rest = words
    if rest[:1] == ["worker"]:
        program = "wool-worker"
    if program in PROGRAMS:
        rows = list(PROGRAMS[program].rows)
        opposites = {f"--no-{flag[2:]}" for flag, _, value, _ in rows if value is None}
        return {flag for flag, *_ in rows} | opposites | COMMON
    command: click.Command = wool
    context = click.Context(wool)
    for word in rest:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(context, word)
        if found is None:
            break
        command = found
    assert not isinstance(command, click.Group) or flags(rest) <= COMMON, (
        f"no such command: {words}"
    )
    options = {flag for param in command.params for flag in (*param.opts, *param.secondary_opts)}
    return options | COMMON


@pytest.mark.parametrize("block", SHOWN)
def test_flags_are_there(block: Block) -> None:
    """Each line that calls one of Wool's programs uses commands and flags that there are."""
    for words in commands(block):
        assert flags(words) - known(words) == set(), words


def test_a_wrong_flag_is_seen() -> None:
    """A flag of another program, and a command that there is not, do not pass."""
    assert flags(["wool-worker", "--tags"]) - known(["wool-worker", "--tags"]) == {"--tags"}
    assert flags(["wool", "ps", "--grace"]) - known(["wool", "ps", "--grace"]) == {"--grace"}
    with pytest.raises(AssertionError, match="no such command"):
        known(["wool", "prune", "--all"])
