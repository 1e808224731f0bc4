"""ONNX Runtime, on the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from caffe2torch.convert.runtimes import Array, Run
from caffe2torch.errors import UnsupportedError

TITLE = "ONNX Runtime"
PACKAGE = MODULE = "onnxruntime"


def version() -> str:
    """The version that is installed."""
    import onnxruntime

    return str(onnxruntime.__version__)


def load(model: bytes) -> Run:
    """A session; what is wrong comes as an exception and not on the terminal too."""
    session = session_of(model)
    wanted = [one.name for one in session.get_inputs()]

    def run(given: Mapping[str, Array]) -> list[Array]:
        return list(session.run(None, {name: given[name] for name in wanted}))

    return run


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
