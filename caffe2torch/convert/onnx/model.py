"""Writes a graph with its weights as one ONNX model."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

import torch
from torch import nn

from caffe2torch import __version__
from caffe2torch.convert.onnx.forms import registry
from caffe2torch.convert.onnx.writer import Place, Writer, value_infos, weights_of
from caffe2torch.graph.model import Graph, Node
from caffe2torch.module.blobs import submodule

OPSET = 13
"""The newest that every engine in use reads."""


def onnx_model(
    graph: Graph, module: nn.Module, *, opset: int = OPSET, batch: bool = True,
    spatial: bool = False,
) -> Any:  # fmt: skip
    """The model of a graph; `module` is its flat torch module, which holds the weights.

    batch, spatial: sizes that may vary from call to call
    Raises: UnsupportedError, naming layer and type, for what has no form in ONNX.
    """
    from onnx import TensorProto, checker, helper, shape_inference

    fixed = any(getattr(form(node), "FIXED_BATCH", False) for node in graph.nodes)
    w = Writer(opset, batch and not fixed, spatial)
    inputs = {top: w.name(top) for node in graph.sources for top in node.tops}
    values = dict(inputs)
    for node in graph.nodes:
        if not node.layer.source:
            _write(node, values, module, w)
    outputs = {blob: _output(blob, values, inputs, w) for blob in graph.outputs}
    used = {name for node in w.nodes for name in node.input}
    body = helper.make_graph(
        w.nodes,
        graph.name or "net",
        value_infos(graph, inputs, w),
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs.values()],
        [value for name, value in w.constants.items() if name in used],
    )
    model = helper.make_model(
        body,
        opset_imports=[helper.make_opsetid("", opset)],
        producer_name="caffe2torch",
        producer_version=__version__,
        ir_version=8,
    )
    model = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    checker.check_model(model)
    return model


def _write(node: Node, values: dict[str, str], module: nn.Module, w: Writer) -> None:
    """Write one layer; `values` maps each blob to the value that it is now."""
    if node.layer.silent:
        values.update(dict.fromkeys(node.tops, values[node.bottoms[0]]) if node.tops else {})
        return
    w.begin(node.name)
    place = Place(
        node,
        [values[blob] for blob in node.bottoms],
        node.bottom_shapes,
        node.top_shapes,
        weights_of(module, node),
        partial(_computed, node, module),
    )
    writing = form(node)
    if writing is None:
        raise w.refuse(place, "ONNX has no operators for this type")
    results = writing.write(place, w)
    listed = [results] if isinstance(results, str) else list(results)
    values.update(zip(node.tops, listed, strict=True))


def form(node: Node) -> ModuleType | None:
    """The file that writes this layer's type, None if there is none."""
    return registry.find(node.type) if node.type in registry else None


def _computed(node: Node, module: nn.Module) -> list[Any]:
    """The tops of a layer whose values hang on the shapes of its bottoms alone."""
    zeros = [torch.zeros(shape) for shape in node.bottom_shapes]
    with torch.no_grad():
        result = submodule(module, node)(*zeros)
    return [value.numpy() for value in (result if isinstance(result, tuple) else (result,))]


def _output(blob: str, values: dict[str, str], inputs: dict[str, str], w: Writer) -> str:
    """Give an output the blob's own name; an input of the same name leaves NAME_out."""
    value = values[blob]
    wanted = w.name(blob if blob not in inputs else f"{blob}_out")
    w.begin(f"{blob}:output")
    from onnx import helper

    w.nodes.append(helper.make_node("Identity", [value], [wanted], name=f"{blob}:output"))
    return wanted
