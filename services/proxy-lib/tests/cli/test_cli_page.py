"""The page about the command line."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from wool.cli import codes
from wool.cli.commands import COMMANDS, wool

PAGE = (Path(__file__).resolve().parents[4] / "docs/cli.md").read_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_on_the_page(name: str) -> None:
    """With the words that the help has for it."""
    _, text = COMMANDS[name]
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `wool {name}"))

    assert row.endswith(f"| {text} |")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_on_the_page(name: str) -> None:
    """Whatever may be given is told of."""
    command = wool.get_command(click.Context(wool), name)
    assert command is not None
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]

    assert [option.opts[0] for option in options if option.opts[0] not in PAGE] == []


def test_every_exit_code_is_on_the_page() -> None:
    """Nothing ends with a code that is not in the table."""
    numbers = [value for name, value in vars(codes).items() if name.isupper()]

    assert [number for number in numbers if f"\n| {number} | " not in PAGE] == []
