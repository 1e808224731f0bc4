"""Writes a graph with its weights as one ONNX model."""

from __future__ import annotations

from typing import Any

from torch import nn

from caffe2torch import __version__
from caffe2torch.convert.onnx.forms import registry
from caffe2torch.convert.onnx.writer import Place, Writer, value_infos, weights_of
from caffe2torch.errors import UnsupportedError
from caffe2torch.graph.model import Graph, Node

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
    from onnx import checker, helper, shape_inference

    w = Writer(opset, batch, spatial)
    inputs = {top: w.name(top) for node in graph.sources for top in node.tops}
    values = dict(inputs)
    for node in graph.nodes:
        if not node.layer.source:
            _write(node, values, module, w)
    outputs = {blob: _output(blob, values, inputs, w) for blob in graph.outputs}
    made = helper.make_graph(
        w.nodes,
        graph.name or "net",
        value_infos(graph, inputs, w),
        value_infos(graph, outputs, w),
        list(w.constants.values()),
    )
    model = helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", opset)],
        producer_name="caffe2torch",
        producer_version=__version__,
        ir_version=8,
    )
    checker.check_model(model)
    return shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)


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
    )
    if node.type not in registry:
        raise w.refuse(place, "ONNX has no operators for this type")
    results = registry.find(node.type).write(place, w)
    listed = [results] if isinstance(results, str) else list(results)
    values.update(zip(node.tops, listed, strict=True))


def _output(blob: str, values: dict[str, str], inputs: dict[str, str], w: Writer) -> str:
    """Give an output the blob's own name; an input of the same name leaves NAME_out."""
    value = values[blob]
    wanted = w.name(blob if blob not in inputs else f"{blob}_out")
    w.begin(f"{blob}:output")
    from onnx import helper

    w.nodes.append(helper.make_node("Identity", [value], [wanted], name=f"{blob}:output"))
    return wanted


def check_opset(opset: int) -> None:
    """Raise UnsupportedError for an opset that the forms are not written for."""
    if not 13 <= opset <= 21:
        raise UnsupportedError(f"opset {opset}", hint="choose one from 13 to 21")
