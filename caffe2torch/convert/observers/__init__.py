"""What a converted net computes on the way, by the layers' names; one kind of file a module.

`observe(path, subject)` runs the file on the subject's inputs: layer name -> its results in the
order of the calls, and the outputs by blob. SUFFIXES are those of the files that it reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from caffe2torch import inputs
from caffe2torch.convert.conversion import Conversion
from caffe2torch.errors import C2TError, DataError
from caffe2torch.inspect import kind_of
from caffe2torch.registry import Registry

registry = Registry("caffe2torch.convert.observers", "kind of converted file")


@dataclass
class Seen:
    """The results of layers in the order of the calls, and the outputs."""

    layers: dict[str, list[Tensor]] = field(default_factory=dict)
    outputs: Mapping[str, Tensor] = field(default_factory=dict)

    def add(self, layer: str, value: object) -> None:
        """Keep a copy of a layer's result, for what follows may overwrite it."""
        if isinstance(value, Tensor):
            self.layers.setdefault(layer, []).append(value.detach().clone())


ENDINGS = {
    "checkpoint": ".pt", "exported": ".pt2", "net": ".prototxt", "onnx": ".onnx",
    "safetensors": ".safetensors", "weights": ".caffemodel",
}  # fmt: skip
"""How files of a kind of `caffe2torch.inspect` are called; Python is of none."""


def name_of(path: Path) -> str:
    """The name of a file; of what a pipe brings, the ending that a name would have."""
    return ENDINGS.get(kind_of(path), ".py") if str(path) == inputs.STDIN else path.name


def observe(path: Path, subject: Conversion, weights: Path | None = None) -> Seen:
    """Run a converted file on the subject's inputs.

    weights: of a Python file, in place of those beside it
    Raises: DataError for a kind of file that nothing here runs, and for one that cannot be run.
    """
    _ = subject.inputs  # what the net itself cannot do is not the file's fault
    known: list[str] = []
    name = name_of(path)
    inputs.check(path)  # a file that is not there is said as by every command
    for module in registry.all():
        known += module.SUFFIXES
        if name.endswith(module.SUFFIXES):
            return _observed(module, path, subject, weights)
    raise DataError(f"{path} is no converted net", hint=f"known endings: {', '.join(known)}")


def _observed(module: Any, path: Path, subject: Conversion, weights: Path | None) -> Seen:
    """What a module sees; the file may hold anything, so that anything may go wrong in it."""
    try:
        seen: Seen = module.observe(path, subject, weights)
    except (C2TError, OSError, MemoryError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise DataError(
            f"{path} cannot be run: {type(error).__name__}: {reason}",
            hint=f'is it converted from "{subject.graph.net.file}"?',
        ) from error
    return seen
