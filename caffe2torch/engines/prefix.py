"""A model that ends at one of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import ModelProto


def prefix(model: ModelProto, value: str) -> bytes:
    """The bytes of the part of a model that `value` needs; `value` is its only output."""
    import onnx

    graph, needed, kept = model.graph, {value}, []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    part = onnx.ModelProto()
    part.ir_version = model.ir_version
    part.opset_import.extend(model.opset_import)
    part.graph.name = graph.name
    part.graph.node.extend(reversed(kept))
    part.graph.input.extend(one for one in graph.input if one.name in needed)
    part.graph.initializer.extend(one for one in graph.initializer if one.name in needed)
    infos = {one.name: one for one in (*graph.value_info, *graph.output)}
    part.graph.output.append(infos.get(value) or onnx.ValueInfoProto(name=value))
    return bytes(part.SerializeToString())
