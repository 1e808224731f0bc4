"""Score trained weights as `caffe test` does."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caffe2torch.commands._gflags import GflagsCommand
from caffe2torch.commands._kinds import named_weights, of_kind
from caffe2torch.commands._options import (
    LEVEL,
    STAGES,
    caffe_state,
    engine_option,
    python_layers_option,
    skip_bad_records_option,
    workers_option,
)
from caffe2torch.commands._results import JSON, print_json
from caffe2torch.terminal import aside, echo, note

if TYPE_CHECKING:
    from torch import nn

GROUP = "train"
EXAMPLE = "c2t test train_val.prototxt --weights net.caffemodel"


@click.command(cls=GflagsCommand)
@click.argument("path", required=False, default="", callback=of_kind("solver", "net"))
@click.option("--model", default="", hidden=True, callback=of_kind("solver", "net"))
@click.option(
    "--weights", required=True, callback=named_weights,
    help="Trained weights (comma separated).",
)  # fmt: skip
@click.option("--iterations", type=click.IntRange(1), help="Batches [test_iter; a net: 50].")
@click.option("--device", default="", help="cpu, cuda, cuda:N or auto.")
@click.option("--gpu", default="", hidden=True, help="As caffe test has it.")
@LEVEL
@STAGES
@click.option("--ignore-shape-mismatch", is_flag=True, help="Skip weights that do not fit.")
@click.option("--log", default="", help="Caffe's log lines to this file; - is stderr.")
@engine_option
@workers_option
@skip_bad_records_option
@python_layers_option
@JSON
def command(path: str, model: str, gpu: str, as_json: bool, **flags: Any) -> None:
    """Print the scores of every batch and their means, for a net or all test nets of a solver."""
    path = path or model
    if not path:
        raise click.UsageError("name a solver or a net: c2t test net.prototxt --weights W")
    from caffe2torch.module.options import Options
    from caffe2torch.outputs import Permit, permitted
    from caffe2torch.train import devices
    from caffe2torch.train.log import log_to
    from caffe2torch.train.test import Scorer, nets_to_test

    chosen = devices.choose(flags["device"] or (f"cuda:{gpu.split(',')[0]}" if gpu else "cpu"))
    options = Options(chosen, ignore_shape_mismatch=flags["ignore_shape_mismatch"])
    with log_to(*([flags["log"]] if flags["log"] else [])) as log:
        devices.log_one(chosen, log, 275, 266)
        engine = partial(_optimized, flags["engine"]) if flags["engine"] != "torch" else None
        say = aside if as_json else echo
        tester = Scorer(flags["weights"], options, log, say, str(Path(path).parent), engine)
        nets, notes = nets_to_test(path, **caffe_state(flags), iterations=flags["iterations"])
        for text in notes:
            note(text)
        results = []
        for index, (net, iterations) in enumerate(nets):
            if len(nets) > 1:
                say(f"test net #{index} ({net.origin}), {iterations} batches")
            with permitted(Permit.beside(path)):
                results.append(asdict(tester.test(net, iterations)))
        if as_json:
            print_json(results)


def _optimized(engine: str, net: nn.Module) -> nn.Module:
    """A test net, which returns its outputs and losses, computed by an engine."""
    from caffe2torch.convert.optimized import Optimized
    from caffe2torch.module.blobs import graph_of

    return Optimized(net, engine, graph_of(net).results, note)
