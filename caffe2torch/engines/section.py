"""A part of a model, from some of its values to others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import ModelProto


def section(model: ModelProto, outputs: Sequence[str], inputs: Collection[str] = ()) -> bytes:
    """The bytes of the part of a model that `outputs` need.

    inputs: values that come from outside besides the inputs of the model
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
    return bytes(part.SerializeToString())
