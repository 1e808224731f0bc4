"""A net out of a text, on its way to PyTorch, with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caffe2torch.convert.compare import difference, randomize
from caffe2torch.convert.conversion import Conversion, named, run
from caffe2torch.convert.convert import Request, prepare


def converted(folder: Path, text: str, **options: Any) -> Conversion:
    path = folder / "net.prototxt"
    path.write_text(text)
    conversion = prepare(Request(path, **options))
    randomize(conversion.built)
    return conversion


def gap(conversion: Conversion) -> float:
    """How far the outputs of the converted module are from the graph's."""
    module = conversion.module
    return difference(named(conversion.graph, run(module, conversion.inputs)), conversion.expected)
