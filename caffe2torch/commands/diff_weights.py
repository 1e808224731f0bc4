"""Compare two files of weights, layer by layer."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from caffe2torch.commands._kinds import WEIGHTS, of_kind
from caffe2torch.commands._results import JSON, print_json
from caffe2torch.terminal import echo

GROUP = "check"
EXAMPLE = "c2t diff-weights old.caffemodel new.caffemodel"
FILE = click.Path(path_type=Path)


@click.command()
@click.argument("a", type=FILE, callback=of_kind(*WEIGHTS))
@click.argument("b", type=FILE, callback=of_kind(*WEIGHTS))
@click.option("--net", type=FILE, help="A net of these layers, for files that carry none.")
@click.option("--tolerance", default=0.0, help="Largest difference that counts as equal [0].")
@JSON
def command(a: Path, b: Path, net: Path | None, tolerance: float, as_json: bool) -> int:
    """Print the largest and the mean difference of each layer in the files A and B.

    Each may be a caffemodel, a caffemodel.h5, safetensors or a state dict (.pt). BatchNorm
    statistics are compared as averages, so that converted nets compare too.

    Exit code 0: equal; 1: they differ; 2: a file cannot be read.
    """
    from caffe2torch.convert.weights_diff import compare

    rows = compare(a, b, net)
    apart = [row for row in rows if row.why or row.largest > tolerance]
    if as_json:
        print_json([asdict(row) for row in rows])
    else:
        width = max((len(row.layer) for row in rows), default=0)
        for row in rows:
            words = row.why or f"max {row.largest:.3g}, mean {row.mean:.3g}"
            echo(f"{row.layer:{width}}  {words}")
        echo(f"{len(rows)} layers, {len(apart) or 'none'} differ")
    return 1 if apart else 0
