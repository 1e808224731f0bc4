"""An ONNX model: its inputs, outputs, operators and weights, by the package onnx."""

from __future__ import annotations

from collections import Counter
from typing import Any

from caffe2torch import inputs
from caffe2torch.errors import DataError
from caffe2torch.inspect.binary import top_fields
from caffe2torch.inspect.head import Head
from caffe2torch.inspect.kinds.checkpoint import weights_report
from caffe2torch.inspect.report import Options, Report
from caffe2torch.inspect.values import times
from caffe2torch.weights.wire import BYTES, VARINT

# ir_version, graph and opset_import of a ModelProto: field and wire type. Caffe's messages have
# other types in these places.
NEEDED = {(1, VARINT), (7, BYTES), (8, BYTES)}


def fits(head: Head) -> bool:
    """The fields that a model must have."""
    if head.folder or head.is_text or not head.start.startswith(b"\x08"):
        return False
    return top_fields(head.path) >= NEEDED


def report(head: Head, options: Options) -> Report:
    """What goes in and out, which operators there are, and statistics of the weights.

    Raises: DataError if the file is damaged, or onnx is not installed.
    """
    model = _read(head)
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    ends = {
        "inputs": {v.name: _shape(v) for v in graph.input if v.name not in weights},
        "outputs": {v.name: _shape(v) for v in graph.output},
    }
    opset = max((entry.version for entry in model.opset_import if not entry.domain), default=0)
    operators = Counter(node.op_type for node in graph.node)
    lines = [
        f"{side:11} {', '.join(f'{n} {times(shape)}' for n, shape in shapes.items())}"
        for side, shapes in ends.items()
    ]
    lines.append("operators   " + ", ".join(f"{n} {name}" for name, n in operators.most_common(8)))
    form = f"ONNX, opset {opset}, by {model.producer_name or 'nobody named'}"
    layers = [_weight(tensor) for tensor in graph.initializer]
    return weights_report(head, form, layers, *lines, operators=dict(operators), **ends)


def _read(head: Head) -> Any:
    try:
        import onnx
    except ImportError:
        what = f"{head.path} is an ONNX model, which the package onnx reads"
        raise DataError(what, hint='pip install "caffe2torch[onnx]"') from None
    from google.protobuf.message import DecodeError

    try:
        return onnx.load_model_from_string(inputs.read(head.path))
    except DecodeError:
        what = f"{head.path} is an ONNX model, damaged or cut short"
        raise DataError(what, hint="fetch or write it again") from None


def _shape(value: Any) -> tuple[int | str, ...]:
    """Sizes of an input or output; the name of one that may vary, "?" without one."""
    dims = value.type.tensor_type.shape.dim
    return tuple(
        dim.dim_value if dim.HasField("dim_value") else dim.dim_param or "?" for dim in dims
    )


def _weight(tensor: Any) -> dict[str, Any]:
    """One initializer as the report has layers, with a single blob."""
    from onnx import TensorProto, numpy_helper

    from caffe2torch.inspect.statistics import statistics

    try:
        values = numpy_helper.to_array(tensor)
    except Exception as error:  # noqa: BLE001  numbers of any type, in another file, or too few
        raise DataError(f"weight {tensor.name!r} cannot be read: {error}") from None
    return {
        "name": tensor.name, "type": TensorProto.DataType.Name(tensor.data_type).lower(),
        "blobs": [{"shape": values.shape, **statistics(values).data}],
    }  # fmt: skip
