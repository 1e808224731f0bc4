"""Names a file of another kind before anything tries to read it as the one that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from caffe2torch import inputs
from caffe2torch.errors import C2TError

WHAT = {
    "blob": "a binaryproto (a mean, or another blob)",
    "c2tstate": "what a snapshot remembers beside its solverstate",
    "checkpoint": "a file of torch.save",
    "database": "a database",
    "exported": "a program of torch.export",
    "file_list": "a list of files",
    "hdf5_data": "HDF5 data",
    "net": "a net",
    "onnx": "an ONNX model",
    "safetensors": "safetensors",
    "solver": "a solver",
    "solverstate": "a solver state",
    "weights": "a caffemodel (trained weights)",
}
"""Kinds of `caffe2torch.inspect` in words."""
WEIGHTS = ("weights", "safetensors", "checkpoint")
"""Kinds of files that hold trained weights."""
SHORT = {"blob": "a binaryproto", "weights": "a caffemodel"}
BESIDE = {
    "solver": ("solver*.prototxt", "*solver*.prototxt"),
    "net": ("train_val*.prototxt", "*train*.prototxt", "deploy*.prototxt"),
    "solverstate": ("{stem}.solverstate", "{stem}.solverstate.h5", "*.solverstate"),
    "weights": ("{stem}.caffemodel", "{stem}.caffemodel.h5", "*.caffemodel"),
    "blob": ("*mean*.binaryproto", "*.binaryproto"),
}
"""Where a file of a kind that was meant lies, as a rule; {stem}: the name without its ending."""


def of_kind(*wanted: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Return a callback of a click parameter that refuses files of other kinds.

    wanted: kinds of `caffe2torch.inspect` that the parameter takes, the usual one first

    What is not there, or of no kind that is known, is left to the command. Lists and names with
    commas are looked at one by one.
    """

    def check(context: click.Context, param: click.Parameter, value: Any) -> Any:
        values = value if isinstance(value, tuple) else str(value or "").split(",")
        for path in map(str, values):
            if wanted[0] == "database":
                a_folder(context, param, path)
            refuse(path, wanted, _name(context, param))
        return value

    return check


def a_log(context: click.Context, param: click.Parameter, value: tuple[Path, ...]) -> Any:
    """A callback of a click argument that takes logs and folders of runs."""
    for path in map(str, value):
        kind = _kind(path, ())
        if kind and kind != "file_list":  # a log has lines of words and numbers, too
            needs = f"{_name(context, param)} wants a training log"
            hint = "c2t inspect shows what is in it"
            raise C2TError(f"{path} is {WHAT[kind]}; {needs}", hint=hint)
    return value


def named_weights(context: click.Context, param: click.Parameter, value: str) -> str:
    """A callback of a click option that takes files of weights, comma separated; - is a copy.

    What a net's files call "-" is a file of that name, and is looked for as such.
    """
    of_kind(*WEIGHTS)(context, param, value)
    return ",".join(inputs.place(path) for path in value.split(",")) if value else value


def a_state(context: click.Context, param: click.Parameter, value: str) -> str:
    """A callback of a click option that takes a solver state; - is a copy, as for weights."""
    of_kind("solverstate")(context, param, value)
    return inputs.place(value) if value else value


def a_folder(context: click.Context, param: click.Parameter, value: Any) -> Any:
    """A callback of a click parameter that takes a folder, or a database, which is one."""
    if str(value) == inputs.STDIN:
        hint = "name the folder; one that is called - is ./-"
        what = f"- is standard input; {_name(context, param)} wants a folder"
        raise C2TError(what, hint=hint)
    return value


def a_program(context: click.Context, param: click.Parameter, value: str) -> str:
    """A callback of a click argument that takes programs of Python, however they are called."""
    kind = "" if value.endswith(".py") else _kind(value, ())
    if kind and kind != "file_list":  # a program has lines of words, too
        needs = f"{_name(context, param)} wants a program of Python"
        raise C2TError(f"{value} is {WHAT[kind]}; {needs}", hint="c2t inspect shows what is in it")
    return value


def _name(context: click.Context, param: click.Parameter) -> str:
    """The command, or its option: "train", "--weights"."""
    option = isinstance(param, click.Option) and param.opts[0]
    return option if option and not getattr(param, "hidden", False) else str(context.info_name)


def refuse(path: str, wanted: tuple[str, ...], name: str) -> None:
    """Raise C2TError if there is a file at `path`, of a kind that is known and not wanted."""
    kind = _kind(path, wanted)
    if not kind or kind in wanted:
        return
    needs = " or ".join(SHORT.get(one, WHAT[one]) for one in wanted[:2])
    meant = next(_beside(Path(path), wanted[0]), None)
    hint = f"did you mean {meant} beside it?" if meant else "c2t inspect shows what is in it"
    raise C2TError(f"{path} is {WHAT[kind]}; {name} wants {needs}", hint=hint)


def _kind(path: str, wanted: tuple[str, ...]) -> str:
    """The kind of a file, "" if it is unknown, or cannot be told."""
    place = Path(path)
    text = place.suffix in (".prototxt", ".pbtxt") and {"net", "solver"} <= set(wanted)
    if path in ("", inputs.STDIN) or text:  # the command parses it at once, and says what it is
        return ""
    from caffe2torch.inspect import kind_of  # slow to import, and seldom needed

    with suppress(C2TError, OSError, ValueError):
        return kind_of(path) if place.exists() else ""
    return ""


def _beside(path: Path, wanted: str) -> Iterator[str]:
    """Names of files in the same folder that are of the wanted kind."""
    for pattern in BESIDE.get(wanted, ()):
        stem = path.name.partition(".")[0]
        for other in sorted(path.parent.glob(pattern.format(stem=_escaped(stem))))[:5]:
            if other != path and _kind(str(other), (wanted,)) == wanted:
                yield other.name


def _escaped(text: str) -> str:
    """The text as a pattern that only it fits."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)
