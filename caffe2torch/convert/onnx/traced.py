"""A net as ONNX by torch's exporter: for layer types that have no form of their own."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from importlib.util import find_spec
from typing import Any

import torch

from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.targets.exported import program
from caffe2torch.errors import UnsupportedError


def traced_model(conversion: Conversion) -> Any:
    """The model that torch's exporter writes, as bytes can be made of it.

    Raises: UnsupportedError if its package is missing, or it cannot do a layer.
    """
    if find_spec("onnxscript") is None:
        raise UnsupportedError("torch's exporter needs the package onnxscript")
    graph = conversion.graph
    names = [top for node in graph.sources for top in node.tops]
    outputs = [f"{blob}_out" if blob in names else blob for blob in graph.outputs]
    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")
        try:
            model = torch.onnx.export(
                program(conversion),
                input_names=names,
                output_names=outputs,
                dynamo=True,
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            reason = str(error).partition("\n")[0]
            raise UnsupportedError(f"ONNX has no way to write this net: {reason}") from error
    assert model is not None
    return model.model_proto


@contextlib.contextmanager
def _quiet() -> Any:
    """Nothing on the terminal from the exporter, which talks in several ways."""
    logger = logging.getLogger("torch.onnx")
    before, logger.disabled = logger.disabled, True
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logger.disabled = before
