"""OpenVINO, on the CPU, in float32."""

from __future__ import annotations

from collections.abc import Mapping

from caffe2torch.convert.runtimes import Array, Run

TITLE = "OpenVINO"
PACKAGE = MODULE = "openvino"


def version() -> str:
    """The version that is installed."""
    import openvino

    return str(openvino.__version__).partition("-")[0]


def load(model: bytes) -> Run:
    """A compiled model; without the hint, CPUs that have it would compute in bfloat16."""
    import openvino

    core = openvino.Core()
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
