"""onnx: standard operators layer by layer, checked with onnxruntime where that is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from caffe2torch.atomic import replacing
from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.padded import unpadded
from caffe2torch.convert.onnx.parts import gap_of_parts
from caffe2torch.convert.onnx.trial import trial
from caffe2torch.convert.runtimes.onnxruntime import load, session_of
from caffe2torch.layers.base import Role

SUFFIX = ".onnx"
PACKAGES = ("onnx",)
HALF_ROUNDING = 5e-2
"""More than this is no rounding of float16."""


def write(conversion: Conversion, path: Path) -> str:
    """Write the model with its weights inside; values are called as the blobs.

    An output that is an input of the same name, too, is called NAME_out.
    Raises: UnsupportedError for a layer that ONNX has no operators for, or a net without outputs.
    """
    model = onnx_model(conversion.graph, conversion.built, conversion.onnx)
    with replacing(path) as aside:
        aside.write_bytes(model.SerializeToString())
        if find_spec("onnxruntime") is None:
            return "not checked: onnxruntime is not installed"
        session = session_of(str(aside))
        drawing = [node.name for node in conversion.graph.nodes if node.layer.plays(Role.DROPOUT)]
        if drawing and conversion.graph.train:
            return f'not checked: layer "{drawing[0]}" draws other random numbers there'
        return _checked(model, session, conversion) + " in onnxruntime"


def _checked(model: Any, session: Any, conversion: Conversion) -> str:
    """How far onnxruntime's outputs are from the graph's, in words."""
    given, expected = trial(model, conversion)

    def outputs() -> dict[str, torch.Tensor]:
        wanted = [one.name for one in session.get_inputs()]
        values = session.run(None, {name: given[name].numpy() for name in wanted})
        pairs = zip(conversion.graph.outputs, values, strict=True)
        return unpadded(conversion.graph, {b: torch.from_numpy(value) for b, value in pairs})

    def parts() -> float:
        return gap_of_parts(model, conversion, load, given)

    rounding = HALF_ROUNDING if conversion.onnx.half else None
    return conversion.check(outputs, expected, rounding, parts)
