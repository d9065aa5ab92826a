"""The commands there are; each is imported when it is asked for."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Sequence
from typing import Final

import click
from click.shell_completion import CompletionItem

from wool_common.metadata import VERSION

COMMANDS: Final = {
    "certs": ("wool.cli.certs", "Make an authority and certificates for trying out."),
    "completion": (
        "wool.cli.completion",
        "Print what makes a shell complete commands and options.",
    ),
    "describe": ("wool.cli.describe", "Tell all about a worker."),
    "docker": ("wool.cli.docker", "Look after the containers of workers."),
    "doctor": ("wool.cli.doctor", "Check whether this machine can run and reach workers."),
    "drain": ("wool.cli.drain", "Ask a worker to finish its tasks and end."),
    "explain": ("wool.cli.explain", "Tell which workers would be tried for a routine, and why."),
    "ping": ("wool.cli.ping", "Measure how long a worker takes to answer."),
    "ps": ("wool.cli.ps", "Show the workers there are."),
    "top": ("wool.cli.top", "Watch workers at work."),
    "worker": ("wool.cli.worker", "Run a Wool worker."),
}
"""Each command's module, which holds it under its own name, and what the list says of it."""


class Commands(click.Group):
    """A group whose commands are imported when they are used, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command called *cmd_name*, None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that *args* begin with; where there is none, what may be meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(f"No such command {name!r}. {_meant(name)}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what may be meant by *incomplete* without importing the commands."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=COMMANDS[name][1])
            for name in self.list_commands(ctx)
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


def _meant(name: str) -> str:
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"There are {', '.join(sorted(COMMANDS))}"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="wool", message="%(prog)s %(version)s")
def wool() -> None:
    """Look after workers, and after what they need."""


def run(program: str, arguments: Sequence[str]) -> int:
    """Run what *arguments* say and return the exit code; what is wrong is told in one line."""
    try:
        done: object = wool.main(list(arguments), prog_name=program, standalone_mode=False)
    except click.ClickException as exc:
        context = exc.ctx if isinstance(exc, click.UsageError) else None
        where = program if context is None else context.command_path
        if isinstance(exc, click.exceptions.NoArgsIsHelpError):
            exc.show()
        else:
            click.echo(f"{where}: {' '.join(exc.format_message().split())}", err=True)
        return exc.exit_code
    except click.Abort:
        return 130
    return done if isinstance(done, int) else 0
