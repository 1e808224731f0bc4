"""The modules and functions that torch lacks, ready to use: caffe2torch.module.nn.CaffeBatchNorm.

They are the very text that layer files hold and `c2t convert` copies, executed here with torch in
the place of the stand-ins of `layers.lazy`. Names are resolved on first use;
`dir(caffe2torch.module.nn)` lists them. Instances can be pickled.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional
from torch import nn

from caffe2torch import layers

LAYERS = "caffe2torch.layers."
FOLDER = Path(layers.__file__).parent


@cache
def names() -> dict[str, str]:
    """Public name -> stem of the layer file that holds it."""
    stems: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if _is_public(node):
                stems.setdefault(node.name, path.stem)  # type: ignore[attr-defined]
    return stems


def _is_public(node: ast.stmt) -> bool:
    """Whether a statement defines something for use with torch: a Caffe class, or a function."""
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Caffe") or node.name == "Op"
    return (
        isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and "torch.Tensor" in ast.unparse(node.args)
    )


@cache
def _executed(stem: str) -> dict[str, Any]:
    """The names of a layer file, its classes made of torch's own."""
    path = FOLDER / f"{stem}.py"
    namespace: dict[str, Any] = {
        "__name__": __name__,  # where pickle finds the classes again
        "__file__": str(path),
        "__builtins__": {**vars(builtins), "__import__": _import},
    }
    exec(compile(path.read_bytes(), path, "exec"), namespace)
    return namespace


def _import(
    name: str,
    globals: Mapping[str, Any] | None = None,
    locals: Mapping[str, Any] | None = None,
    fromlist: Sequence[str] = (),
    level: int = 0,
) -> Any:
    """Python's import, but for torch's stand-ins and for other layer files."""
    if name == "caffe2torch.layers.lazy":
        return SimpleNamespace(torch=torch, nn=nn, F=torch.nn.functional)
    stem = name.removeprefix(LAYERS)
    if stem != name and fromlist:
        return SimpleNamespace(**_executed(stem))
    return builtins.__import__(name, globals, locals, fromlist, level)


def __getattr__(name: str) -> Any:
    if name not in names():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _executed(names()[name])[name]


def __dir__() -> list[str]:
    return sorted(names())
