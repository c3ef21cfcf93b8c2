"""``nightcast completion``: the script with which a shell completes our commands."""

from __future__ import annotations

import click

VARIABLE = "_NIGHTCAST_COMPLETE"
"""Where the script leaves what is to be completed; click takes its name from that of the program."""


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script with which SHELL completes commands, options, files and names of products.

    \b
    Examples:
      echo 'eval "$(nightcast completion bash)"' >> ~/.bashrc
      echo 'eval "$(nightcast completion zsh)"' >> ~/.zshrc
      nightcast completion fish > ~/.config/fish/completions/nightcast.fish
    """
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    assert script is not None  # noqa: S101 click has these three
    click.echo(script(click.get_current_context().find_root().command, {}, "nightcast", VARIABLE).source())
