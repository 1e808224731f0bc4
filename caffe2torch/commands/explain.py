"""Explain a lint rule: what it means, why it matters, bad and good examples."""

from __future__ import annotations

import click

from caffe2torch.terminal import echo, reflowed

GROUP = "check"
EXAMPLE = "c2t explain signal-vanishes"


@click.command()
@click.argument("words", nargs=-1, required=True)
def command(words: tuple[str, ...]) -> None:
    """Print the page of a rule: C2T201, 201 or signal-vanishes.

    The beginning of a code or name (C2T2, signal), or words (lr, batch size) list the rules that
    match, if there are several.
    """
    from caffe2torch.lint.explain import explain

    echo(reflowed(explain(" ".join(words))))
