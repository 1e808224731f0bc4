"""OpenVINO, on the CPU, in float32."""

from __future__ import annotations

from collections.abc import Mapping

from caffe2torch.engines.runtimes import Array, Run

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
    names = {port: port.get_any_name() for port in compiled.inputs}

    def run(given: Mapping[str, Array]) -> list[Array]:
        result = compiled({name: given[name] for name in names.values()})
        return [result[port].copy() for port in compiled.outputs]

    return run
