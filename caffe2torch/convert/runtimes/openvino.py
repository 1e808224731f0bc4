"""OpenVINO, on the CPU, in float32."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from caffe2torch.convert.runtimes import Array, Run

TITLE = "OpenVINO"
PACKAGE = MODULE = "openvino"


def version() -> str:
    """The version that is installed."""
    import openvino

    return str(openvino.__version__).partition("-")[0]


@cache
def _core() -> Any:
    """The one Core of the process.

    Its CPU plugin lends the thread a stack for signals and unmaps that stack when the Core goes. Of
    two Cores the first to go is the first that came: the next signal then ends the process.
    """
    import openvino

    return openvino.Core()


def load(model: bytes) -> Run:
    """A compiled model; without the hint, CPUs that have it would compute in bfloat16."""
    core = _core()
    compiled = core.compile_model(
        core.read_model(model, b""), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    request = compiled.create_infer_request()
    # an input has the names of what is the same behind it, too
    ports = [port.get_names() for port in compiled.inputs]

    def run(given: Mapping[str, Array]) -> list[Array]:
        request.infer([next(given[name] for name in names if name in given) for names in ports])
        return [request.get_output_tensor(i).data.copy() for i in range(len(compiled.outputs))]

    return run
