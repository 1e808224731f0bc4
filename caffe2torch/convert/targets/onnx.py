"""onnx: standard operators layer by layer, checked with onnxruntime where that is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from caffe2torch.atomic import replacing
from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.errors import UnsupportedError
from caffe2torch.layers.base import Role

SUFFIX = ".onnx"


def write(conversion: Conversion, path: Path) -> str:
    """Write the model with its weights inside; inputs and outputs are called as the blobs.

    An output that is an input of the same name, too, is called NAME_out.
    Raises: UnsupportedError if the exporter's packages are missing, or it cannot do a layer.
    """
    if find_spec("onnx") is None:
        raise UnsupportedError(
            "ONNX needs the package onnx",
            hint='install them: pip install "caffe2torch[onnx]"',
        )
    if not conversion.graph.outputs:
        raise UnsupportedError("ONNX needs an output, and nothing leaves this net")
    model = onnx_model(conversion.graph, conversion.built)
    with replacing(path) as aside:
        aside.write_bytes(model.SerializeToString())
        if find_spec("onnxruntime") is None:
            return "not checked: onnxruntime is not installed"
        outputs = outputs_of(aside, conversion)
        drawing = [node.name for node in conversion.graph.nodes if node.layer.plays(Role.DROPOUT)]
        if drawing and conversion.graph.train:
            return f'not checked: layer "{drawing[0]}" draws other random numbers there'
        return conversion.check(lambda: outputs) + " in onnxruntime"


def outputs_of(path: Path, conversion: Conversion) -> dict[str, Tensor]:
    """What onnxruntime computes for the conversion's inputs.

    Raises: UnsupportedError if onnxruntime takes the model for none.
    """
    session = session_of(str(path))
    names = [one.name for one in session.get_inputs()]
    tops = [top for node in conversion.graph.sources for top in node.tops]
    given = dict(zip(tops, conversion.inputs, strict=True))
    values = session.run(None, {name: given[name].numpy() for name in names})
    pairs = zip(conversion.graph.outputs, values, strict=True)
    return {blob: torch.from_numpy(value) for blob, value in pairs}


def session_of(model: str | bytes) -> Any:
    """An onnxruntime session for a model, by its path or as bytes.

    Raises: UnsupportedError if onnxruntime takes it for none.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what is wrong comes as an exception too
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise UnsupportedError(f"onnxruntime does not take the model: {reason}") from error
