"""A part of a model, from some of its values to others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import ModelProto, ValueInfoProto


def section(model: ModelProto, outputs: Sequence[str], inputs: Collection[str] = ()) -> bytes:
    """The bytes of the part of a model that `outputs` need.

    inputs: values that come from outside besides the inputs of the model, in float32 even where
            the model has them in float16
    """
    import onnx

    graph, needed, kept = model.graph, set(outputs), []
    for node in reversed(graph.node):
        if needed.difference(inputs).intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    part = onnx.ModelProto()
    part.ir_version = model.ir_version
    part.opset_import.extend(model.opset_import)
    part.graph.name = graph.name
    part.graph.node.extend(reversed(kept))
    infos = {one.name: one for one in (*graph.value_info, *graph.output)}
    part.graph.input.extend(one for one in graph.input if one.name in needed)
    part.graph.input.extend(infos[name] for name in inputs if name in needed)
    part.graph.initializer.extend(one for one in graph.initializer if one.name in needed)
    part.graph.output.extend(infos.get(name) or onnx.ValueInfoProto(name=name) for name in outputs)
    for one in part.graph.input:
        if one.type.tensor_type.elem_type == onnx.TensorProto.FLOAT16:
            _take_single(part, one)
    return bytes(part.SerializeToString())


def _take_single(part: ModelProto, value: ValueInfoProto) -> None:
    """Let an input be float32, for operators that want it so as it is, for others cast."""
    from onnx import TensorProto, helper

    name, half = value.name, f"{value.name}:rounded"
    value.type.tensor_type.elem_type = TensorProto.FLOAT
    cast = helper.make_node("Cast", [name], [half], name=half, to=TensorProto.FLOAT16)
    for node in part.graph.node:
        if node.op_type == "Cast" and node.attribute[0].i == TensorProto.FLOAT:
            if node.input[0] == name:
                node.op_type = "Identity"
                del node.attribute[:]
        else:
            node.input[:] = [half if one == name else one for one in node.input]
    nodes = [cast, *part.graph.node]
    del part.graph.node[:]
    part.graph.node.extend(nodes)
