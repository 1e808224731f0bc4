"""Print the completion of `c2t` for a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from caffe2torch.terminal import echo

GROUP = "look"
EXAMPLE = "c2t completion bash >> ~/.bashrc"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print what teaches SHELL to complete commands, options and paths of c2t.

    For fish it goes to ~/.config/fish/completions/c2t.fish, for the others to their rc file.
    """
    script = get_completion_class(shell)
    assert script is not None, "click completes for all shells of the choice"
    echo(script(context.find_root().command, {}, "c2t", "_C2T_COMPLETE").source(), verbatim=True)
