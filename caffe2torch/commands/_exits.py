"""Options about what leaves Caffe: which part of a net, of which size, and how as ONNX."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from caffe2torch import inputs
from caffe2torch.commands._options import sizes
from caffe2torch.convert.onnx.options import KINDS, OPSET, Options
from caffe2torch.errors import UnsupportedError
from caffe2torch.terminal import echo, note

if TYPE_CHECKING:
    from pathlib import Path

    from caffe2torch.convert.conversion import Conversion

ONNX = ("opset", "fp16", "dynamic")


def part_options(command: Any) -> Any:
    """Give a click command --input-shape, --begin and --end."""
    for name, text in (
        ("--end", "Blob that becomes an output; layers behind it go. May be repeated."),
        ("--begin", "Blob that becomes an input; layers before it go. May be repeated."),
    ):
        command = click.option(name, multiple=True, metavar="BLOB", help=text)(command)
    return click.option(
        "--input-shape",
        "input_shapes",
        multiple=True,
        metavar="BLOB=N,C,H,W",
        callback=_shapes,
        help="Shape of an input, in place of the net's. May be repeated.",
    )(command)


def onnx_options(command: Any) -> Any:
    """Give a click command --opset, --fp16, --dynamic and --check."""
    options = (
        click.option(
            "--opset", type=int, default=OPSET, help=f"ONNX: version of the operators [{OPSET}]."
        ),
        click.option("--fp16", is_flag=True, help="ONNX: weights and activations in float16."),
        click.option(
            "--dynamic", type=click.Choice(KINDS),
            help="ONNX: sizes that may vary [batch, where the net allows it].",
        ),
        click.option(
            "--check", "engines", metavar="ENGINE[,...]",
            help="ONNX: compare in onnxruntime, opencv, openvino.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def onnx_of(request: dict[str, Any]) -> Options:
    """Take the options of ONNX out of a command's."""
    opset, half, dynamic = (request.pop(name) for name in ONNX)
    return Options(opset, half, dynamic)


def _shapes(_context: Any, _param: Any, given: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Shapes by blob. Raises click.BadParameter for what is no BLOB=N,C,H,W."""
    shapes = {}
    for text in given:
        blob, equals, numbers = text.rpartition("=")
        shape = sizes(numbers.replace("x", ","))
        if not (blob and equals and shape):
            raise click.BadParameter(f"{text!r} is not as data=1,3,224,224")
        shapes[blob] = shape
    return shapes


def engines_of(given: str | None) -> list[str]:
    """The engines of --check by name. Raises click.UsageError for one that is not known."""
    from caffe2torch.convert.runtimes import registry

    names = [name.strip() for name in (given or "").split(",") if name.strip()]
    for name in names:
        if name not in registry:
            known = ", ".join(registry.names())
            raise click.UsageError(f"no engine {name!r}; there are: {known}")
    return names


def compare(model: Path, conversion: Conversion, engines: list[str]) -> bool:
    """Print how far each engine is from the graph; whether all that are installed are equal."""
    import onnx

    from caffe2torch.convert.runtimes import installed, registry
    from caffe2torch.engines.check import check
    from caffe2torch.engines.table import table

    inputs.check(model)
    modules = [registry.find(name) for name in engines]
    here = [module for module in modules if installed(module)]
    if not here:
        packages = " ".join(module.PACKAGE for module in modules)
        raise UnsupportedError(
            "none of the engines is installed", hint=f"install them: pip install {packages}"
        )
    loaded = onnx.load(str(model))
    if conversion.weights is None and any(node.params for node in conversion.graph.nodes):
        loaded, conversion = _drawn(conversion)
        note("--check compares with random weights: the fillers alone would give zeros")
    results = [check(loaded, conversion, module) for module in here]
    for line in table(results):
        echo(line)
    for module in modules:
        if module not in here:
            echo(f"{module.TITLE} is not installed: pip install {module.PACKAGE}")
    return all(result.equal for result in results)


def _drawn(conversion: Conversion) -> tuple[Any, Conversion]:
    """The model of the same net with random weights that let signals through."""
    from caffe2torch.convert.onnx.model import onnx_model
    from caffe2torch.convert.settling import settle

    other = replace(conversion, notes=[])
    settle(other.built, other.inputs)
    return onnx_model(other.graph, other.built, other.onnx), other
