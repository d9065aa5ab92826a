"""Print what makes a shell complete commands and options."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

SHELLS: Final = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """
    Print what makes a shell complete commands and options.

    bash, in ~/.bashrc: eval "$(wool completion bash)"; zsh, in ~/.zshrc: eval "$(wool
    completion zsh)"; fish, once: wool completion fish > ~/.config/fish/completions/wool.fish
    """
    root = ctx.find_root()
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(root.command, {}, "wool", "_WOOL_COMPLETE").source())
