"""Change the scale of a net's input and train exactly as before."""

from __future__ import annotations

import click

from caffe2torch.commands._kinds import of_kind
from caffe2torch.inputs import STDIN
from caffe2torch.terminal import echo

GROUP = "check"
EXAMPLE = "c2t rescale solver.prototxt --scale 1"


@click.command()
@click.argument("path", callback=of_kind("solver", "net"))
@click.option("--scale", type=float, required=True, help="The new transform_param.scale.")
@click.option("--diff", is_flag=True, help="Show the change, and write nothing.")
def command(path: str, scale: float, diff: bool) -> None:
    """Give the data layers of a solver's net another scale, with the same training.

    The first layer's fillers are multiplied by old/new, its lr_mult by (old/new)² and its
    decay_mult by (new/old)²: the same function after every step. Comments and layout survive.
    A net from standard input goes to standard output.
    """
    from caffe2torch.lint import fix
    from caffe2torch.lint.rescale import rescale

    result = rescale(path, scale)
    if diff:
        echo(fix.diff(result.texts), nl=False, verbatim=True)
        return
    piped = result.texts.pop(STDIN, "")
    fix.write(result.texts)
    for line in [*result.says, *(f"{file}: written" for file in result.texts)]:
        echo(line, err=bool(piped))
    echo(piped, nl=False, verbatim=True)
