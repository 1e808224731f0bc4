"""ONNX Runtime, on the CPU."""

from __future__ import annotations

from collections.abc import Mapping

from caffe2torch.convert.runtimes import Array, Run
from caffe2torch.convert.targets.onnx import session_of

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
