"""Show what is in a file: net, solver, weights, solver state, mean, database, list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caffe2torch.commands._options import LEVEL, STAGES, phase_option, python_layers_option
from caffe2torch.commands._results import FORCE, claim, output_option
from caffe2torch.terminal import echo

if TYPE_CHECKING:
    from caffe2torch.inspect import Report

GROUP = "look"
EXAMPLE = "c2t inspect net.caffemodel"


@click.command()
@click.argument("file", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print JSON (keys: docs/inspect.md).")
@output_option(
    "Picture to write: rate of a solver, mean image, sample of a database.", "--png",
    metavar="FILE",
)  # fmt: skip
@FORCE
@click.option("--all", "everything", is_flag=True, help="Read every record, not a sample.")
@phase_option("Of a net [both].")
@LEVEL
@STAGES
@python_layers_option
def command(file: str, as_json: bool, output: Path | None, force: bool, **request: Any) -> int:
    """Say what FILE is, by its content whatever its name, and what is in it.

    \b
    net          layers, shapes, parameters, multiply-adds, memory
    solver       schedule, epochs, rates, tests, snapshots, nets
    weights      caffemodel, its HDF5, safetensors, state dict: shapes, NaN
    program      ONNX, torch.export (.pt2): inputs, outputs, operators, weights
    solverstate  iteration and history
    c2tstate     what a snapshot of ours remembers beyond Caffe's files
    binaryproto  mean file or blob: statistics by channel
    database     LMDB, LevelDB: records, shapes, labels
    data         HDF5 data, image lists

    Exit code 1: weights, a state or a mean hold NaN or infinity; 2: FILE cannot be read.
    """  # noqa: D301  click looks for the control character
    from shutil import get_terminal_size

    from caffe2torch.inspect import Options, inspect_file

    png = output
    if png is not None:
        _check_picture(png, file)
        claim(png if png.suffix else png.with_name(f"{png.name}.png"), force)
    report = inspect_file(file, Options(width=get_terminal_size().columns, **request))
    if png is not None and report.picture is None:
        hint = "; c2t draw NET -o FILE draws its layers" if report.kind == "net" else ""
        raise click.UsageError(f"there is no picture of a {report.kind}{hint}")
    drawn = report.picture(png) if png is not None and report.picture else ""
    if as_json:
        echo(json.dumps(report.json, indent=1, allow_nan=False), verbatim=True)
    else:
        _print(report)
    if drawn:
        echo(f"{png}: {drawn}", err=as_json)
    return report.code


def _check_picture(png: Path, file: str) -> None:
    if png.suffix.lower() not in (".png", ""):
        raise click.UsageError(f"{png}: pictures are PNG files, name one so")
    if png.exists() and Path(file).exists() and png.samefile(file):
        raise click.UsageError(f"{png} is the file to be inspected")


def _print(report: Report) -> None:
    import sys

    from caffe2torch.inspect import render

    if sys.stdout.isatty():
        from rich.console import Console

        render.show(report, Console(highlight=False))
        return
    for line in render.lines(report):
        echo(line)
