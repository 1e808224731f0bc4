"""Find a learning rate: train a moment at ever higher rates, and watch the loss."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from caffe2torch.commands._options import python_layers_option
from caffe2torch.commands._results import FORCE, JSON, claim, output_option, print_json
from caffe2torch.commands._trial import chosen_device, trial_options
from caffe2torch.terminal import echo

GROUP = "train"
EXAMPLE = "c2t lr-find solver.prototxt"


@click.command()
@trial_options
@click.option(
    "--iterations", type=click.IntRange(10), default=150, show_default=True, help="Rates to try."
)
@click.option("--apply", "write", is_flag=True, help="Write the suggestion into SOLVER.")
@output_option("The plot [beside the solver: NAME_lr.png].")
@FORCE
@JSON
@python_layers_option
def command(
    solver: str, weights: str, iterations: int, device: str, write: bool, output: Path | None,
    force: bool, as_json: bool,
) -> int:  # fmt: skip
    """Try rates from 0.00001 to 10, each for one iteration, with SOLVER's method and momentum.

    The suggestion is a tenth of the first rate at which the smoothed loss is within 2 % of its
    lowest. The test ends where that loss is four times its lowest. --apply changes base_lr in the
    file, and nothing else.

    Exit code 0: a rate is suggested; 1: the loss falls at no rate; 2: it cannot be trained.
    """
    from caffe2torch.health import lr_find
    from caffe2torch.health.probe.trial import Case
    from caffe2torch.lint import rate
    from caffe2torch.lint.context import Context
    from caffe2torch.module.options import Options

    picture = output or Path(solver).with_name(f"{Path(solver).stem}_lr.png")
    claim(picture, force)
    chosen = chosen_device(solver, device)
    running = Case(solver, weights).begin(Options(chosen))
    try:
        test = lr_find.find(running, iterations)
    finally:
        running.close()
    context = Context(solver, weights=weights)
    stable = rate.largest_stable(context)
    lr_find.draw(test, picture, stable)
    if as_json:
        print_json({**asdict(test), "suggestion": test.suggestion, "stable": stable})
    else:
        echo("\n".join(lr_find.lines(test, stable)))
    echo(f"plot: {picture}", err=as_json)
    if test.suggestion is None:
        return 1
    if write:
        echo(lr_find.write(context, test.suggestion), err=as_json)
    return 0
