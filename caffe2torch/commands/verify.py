"""Compare a converted net with the Caffe graph, layer by layer."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._options import phase_option, python_layers_option
from caffe2torch.commands._results import JSON, print_json
from caffe2torch.terminal import echo, note

GROUP = "check"
EXAMPLE = "c2t verify net.prototxt --weights w.caffemodel --against net.py"
FILE = click.Path(path_type=Path)


@click.command()
@click.argument("net", type=FILE, callback=of_kind("net", "weights"))
@click.option("--weights", type=FILE, help="Of NET; default: those of a caffemodel, else fillers.")
@click.option("--against", required=True, type=FILE, help="py, onnx, pt2, weights or prototxt.")
@click.option("--against-weights", type=FILE, help="Of a py file; default: those beside it.")
@phase_option("Phase of the net [TEST].", default="TEST")
@click.option("--seed", default=0, help="Of the fillers, where there are no weights [0].")
@click.option("--tolerance", default=1e-4, help="Relative difference that counts as equal [1e-4].")
@JSON
@python_layers_option
def command(
    net: Path,
    weights: Path | None,
    against: Path,
    against_weights: Path | None,
    phase: str,
    seed: int,
    tolerance: float,
    as_json: bool,
) -> int:
    """Run NET here and the converted net AGAINST on the same random input.

    AGAINST is what convert writes (a py, onnx or pt2 file), other weights for the same net, or
    another prototxt. Prints how far the results of each layer are apart, and names the first
    layer that differs.

    Exit code 0: equal; 1: a layer differs; 2: one of them cannot be run.
    """
    from caffe2torch.convert.convert import Request, prepare
    from caffe2torch.convert.verify import verify

    subject = prepare(Request(net, weights, phase, seed=seed))
    checks = verify(subject, against, against_weights)
    for text in subject.notes:
        note(text)
    apart = [check for check in checks if not check.difference <= tolerance]
    if as_json:
        print_json([asdict(check) for check in checks])
        return 1 if apart else 0
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        mark = "  <- differs" if check in apart else ""
        echo(f"{check.name:{width}}  {check.type}  {check.difference:.2e}{mark}")
    if apart:
        echo(f"first to differ: {apart[0].name} ({apart[0].type})")
    else:
        worst = max((check.difference for check in checks), default=0.0)
        echo(f"{len(checks)} results equal within {worst:.1e}")
    return 1 if apart else 0
