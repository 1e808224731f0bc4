"""Show what activations and gradients are at initialisation, predicted and measured."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._results import FORCE, JSON, claim, output_option, print_json
from caffe2torch.terminal import echo

GROUP = "check"
EXAMPLE = "c2t signal solver.prototxt"


@click.command()
@click.argument("path", callback=of_kind("solver", "net"))
@click.option("--measure", is_flag=True, help="Also run one real forward and backward (torch).")
@click.option("--seed", default=0, show_default=True, help="Of the weights and synthetic data.")
@click.option("--batch", type=int, help="Batch size to predict for.")
@output_option("PNG to write.", "--plot")
@FORCE
@click.option("--synthetic", is_flag=True, help="Measure on synthetic images, not on the data.")
@JSON
def command(
    path: str, measure: bool, seed: int, batch: int | None, output: Path | None, force: bool,
    synthetic: bool, as_json: bool,
) -> None:  # fmt: skip
    """Print the layer table of a solver or train net.

    std of every layer, the part that comes from the input, |gradient| / |weights|, and how far
    a step moves the weights. --measure sets measured numbers beside the predicted ones.
    """
    from caffe2torch.lint.signal import study

    if output is not None:
        claim(output, force)
    known = study.study(path, measure, seed, batch, synthetic)
    if output is not None:
        known.draw(output)
    if as_json:
        print_json(known.facts)
        return
    echo(known.text, nl=False)
    if output is not None:
        echo(f"{output}: written")
