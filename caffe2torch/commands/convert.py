"""Write a net as PyTorch code, its weights as state dicts, as ONNX, or back as Caffe's files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caffe2torch.commands._exits import compare, engines_of, onnx_of, onnx_options, part_options
from caffe2torch.commands._kinds import WEIGHTS, of_kind
from caffe2torch.commands._options import LEVEL, STAGES, phase_option, python_layers_option
from caffe2torch.commands._pictures import PATH, given, preparing_options
from caffe2torch.convert.targets import names as known
from caffe2torch.terminal import echo, note

if TYPE_CHECKING:
    from caffe2torch.convert.conversion import Conversion

GROUP = "convert"
EXAMPLE = "c2t convert net.prototxt --weights w.caffemodel -o net.py"


@click.command()
@click.argument("net", type=PATH, required=False, callback=of_kind("net", "weights"))
@click.option(
    "--weights", type=PATH, callback=of_kind(*WEIGHTS),
    help="caffemodel, .h5, safetensors or state dict (.pt).",
)  # fmt: skip
@click.option("-o", "--output", type=PATH, help="Folder, or the file of one target.")
@click.option(
    "--to",
    "targets",
    multiple=True,
    metavar="TARGET[,...]",
    help=f"{', '.join(known())} [python,safetensors].",
)
@click.option("--flat", is_flag=True, help="The source that training runs, one line a layer.")
@click.option("--faithful", is_flag=True, help="Keep BatchNorm and Scale as Caffe has them.")
@click.option(
    "--with-trainer",
    "solver",
    is_flag=False,
    flag_value="",
    metavar="[SOLVER]",
    help="Add a training script in plain PyTorch [the solver beside NET].",
)
@click.option("--names", type=click.Choice(["torchvision"]), help="Write torchvision's names too.")
@phase_option("Default: the net's own state, which is TEST if it says nothing.")
@LEVEL
@STAGES
@part_options
@onnx_options
@preparing_options
@click.option("--seed", default=0, help="Of the fillers, where there are no weights [0].")
@click.option("--stubs", is_flag=True, help="Write a class to fill in for each unknown layer.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@python_layers_option
def command(
    net: Path | None,
    output: Path | None,
    targets: tuple[str, ...],
    solver: str | None,
    names: str | None,
    force: bool,
    engines: str | None,
    **request: Any,
) -> int:
    """Convert NET, a prototxt or caffemodel of any Caffe version.

    The code is arranged and named as a person would write it, needs torch alone and, for nets
    that take images, prepares and classifies them: python NET.py IMAGE... The files of weights
    say which layer each submodule is, so that they are read here as Caffe's are. Without
    --output the code is printed. Data layers become arguments of `forward`; where their files
    are missing, the shape that the net itself suggests is taken, with a note.

    Exit code 0: converted; 1: a file computes something else than the net, or a target could not
    be written; 2: bad input.
    """
    if net is None and not solver:
        raise click.UsageError("name a net: c2t convert NET -o DIR")
    if solver is not None:
        return _train(net, solver, output, request["weights"], force)
    from caffe2torch.convert.convert import Request, prepare, written
    from caffe2torch.convert.manifest import recorded

    chosen = _targets(targets, output, request["weights"] is not None)
    preparing = ("transform", "mean", "scale", "resize")
    request["given"] = given({name: request.pop(name) for name in preparing})
    suffix = "pt" if "state-dict" in chosen and "safetensors" not in chosen else "safetensors"
    checking = _engines(engines, chosen)
    request["onnx"] = onnx_of(request)
    conversion = prepare(Request(Path(net or ""), **request), suffix)
    if request["weights"] is not None:
        _ = conversion.built  # weights that cannot be read or do not fit are refused in any case
    if output is None:
        if chosen != ["python"] and targets:
            raise click.UsageError("files need a folder: -o DIR")
        echo(conversion.source.text, nl=False, verbatim=True)
    else:
        steps = written(conversion, chosen, output, force, names)
        for path, result in recorded(steps, conversion.graph.net.file):
            echo(f"{path}: {result}")
            if checking and path.suffix == ".onnx" and path.is_file():
                conversion.failed |= not compare(path, conversion, checking)
    return _notes(conversion)


def _engines(given: str | None, targets: list[str]) -> list[str]:
    """The engines to compare in; they read ONNX alone."""
    names = engines_of(given)
    if names and "onnx" not in targets:
        raise click.UsageError("--check runs the ONNX model: add --to onnx")
    return names


def _notes(conversion: Conversion) -> int:
    """Print what should be known about a conversion; 1 if it computes something else."""
    for text in conversion.notes:
        note(text)
    return 1 if conversion.failed else 0


def _train(
    net: Path | None, solver: str, output: Path | None, weights: Path | None, force: bool
) -> int:
    """Write a model with the script that trains it."""
    from caffe2torch.convert import with_trainer
    from caffe2torch.convert.manifest import recorded

    if output is None:
        raise click.UsageError("files need a folder: -o DIR")
    named = with_trainer.solver_of(net or Path(solver), Path(solver) if solver else None)
    training, model = with_trainer.conversion(named, weights)
    steps = with_trainer.written(training, model, output, force)
    for path, result in recorded(steps, training.graph.net.file):
        echo(f"{path}: {result}")
    return _notes(model)


def _targets(given: tuple[str, ...], output: Path | None, weights: bool) -> list[str]:
    """The targets by name; without any, what the name of the output file says.

    A file of Python reads its weights from beside it, so they are written, too, if there are any.
    """
    chosen = [name for part in given for name in part.split(",") if name]
    for name in chosen:
        if name not in known():
            raise click.UsageError(f"no target {name!r}; there are: {', '.join(known())}")
    meant = None if output is None or output.is_dir() else _target_of(output)
    if meant and chosen and chosen != [meant]:
        raise click.UsageError(
            f"{output} is a file of the target {meant}, not of {', '.join(chosen)}; name a folder"
        )
    if not chosen and (meant is None or (meant == "python" and weights)):
        return ["python", "safetensors"]
    return list(dict.fromkeys(chosen)) or [str(meant)]


def _target_of(output: Path) -> str | None:
    """The target whose files end as this one does."""
    from caffe2torch.convert.targets import registry

    return next((name for name in known() if output.suffix == registry.find(name).SUFFIX), None)
