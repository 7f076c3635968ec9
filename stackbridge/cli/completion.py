"""`stackbridge completion SHELL`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]


@click.command(epilog='Example: eval "$(stackbridge completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell, to be evaluated in its start-up file."""
    from stackbridge.cli.app import cli

    script = get_completion_class(shell)
    if script is None:
        raise click.UsageError(f"no completion for `{shell}`")
    click.echo(script(cli, {}, "stackbridge", "_STACKBRIDGE_COMPLETE").source())
