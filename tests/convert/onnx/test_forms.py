"""What every layer type's ONNX form computes, over the examples that the type declares."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from caffe2torch import layers
from caffe2torch.convert.compare import randomize
from caffe2torch.convert.conversion import named, run
from caffe2torch.convert.onnx.forms import registry
from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.options import Options
from caffe2torch.errors import UnsupportedError
from caffe2torch.graph.model import Graph
from caffe2torch.layers.base import Example, Layer
from caffe2torch.module import build
from tests.layers.one_layer import one_graph

pytest.importorskip("onnx", reason="the package onnx is not installed")

# Refused in a message, since no operators say what they do.
REFUSED = {
    ("BernoulliSample", 0): "draws random numbers",
    ("Convolution", 4): "slides over 4 axes",
    ("Deconvolution", 3): "slides over 4 axes",
    ("Filter", 0): "a number of items that hangs on their values",
    ("Filter", 1): "a number of items that hangs on their values",
    ("Pooling", 5): "pools by chance",
}
# Left to torch's exporter: losses and metrics of forks, which no deploy net has, and layers that
# read at computed places.
EXPORTED = {
    "CharbonnierLoss", "DeformableConvolution", "DiceCoefLoss", "EltwiseAccuracy", "ReverseTime",
    "Unpooling",
    "AdaCosAddmScale", "ClassWiseProduct", "CosinAddm", "EuclideanDistance", "LabeledMatching",
    "MultiLabelLoss", "MultiLabelSoftmaxWithLoss",
    "SoftmaxWithCrossEntropyLoss", "UnlabeledMatching",
    "AccuracyRegression", "BoxAnnotatorOHEM", "CenterLoss", "ConfusionMatrix", "CtcLoss", "CTCLoss",
    "DetectionEvaluate", "DetectionLoss", "EvalDetection", "FocalLoss", "LabelsequenceAccuracy",
    "MarginInnerProduct", "MultiBoxLoss", "MultiLabelAccuracy", "MultiLabelSigmoidLoss",
    "PairwiseLoss", "QuantizationLoss", "RegionLoss", "SegAccuracy",
    "KLDivLoss", "LiftedStructSimilaritySoftmaxLoss", "NSSLoss", "Normalization", "Rearrange",
    "SmoothL1LossOHEM", "SoftmaxWithLossOHEM", "SVRLoss", "TripletLoss", "XCovLoss", "Yolov3",
}  # fmt: skip
WITHOUT = {
    "BoxAnnotatorOHEM", "CTCLoss", "CtcLoss", "DetectionEvaluate", "EltwiseAccuracy",
    "EvalDetection", "LabelsequenceAccuracy", "LiftedStructSimilaritySoftmaxLoss",
    "MultiBoxLoss", "RegionLoss", "SegAccuracy", "Yolov3",
}  # fmt: skip
"""Those of them that it cannot write without branches."""


def runs(layer: Layer) -> bool:
    return not (layer.source or layer.silent or layer.shapes_only)


def _cases() -> Iterator[Any]:
    for layer in layers.every():
        for i, example in enumerate(layer.examples):
            if runs(layer) and layer.type in registry:
                yield pytest.param(layer, i, example, id=f"{layer.type}-{i}")


CASES = list(_cases())


def graph_of(layer: Layer, example: Example) -> Graph:
    shapes = [tuple(shape) for shape in example.bottoms]
    return one_graph(layer.type, example.text, shapes, example.tops, "TEST")


def values_of(example: Example, batch: int = 1) -> list[torch.Tensor]:
    """Random bottoms as the example wants them, `batch` times as many items."""
    generator = torch.Generator().manual_seed(1)
    values = []
    for i, shape in enumerate(example.bottoms):
        value = torch.rand(batch * shape[0], *shape[1:], generator=generator)
        whole = i in example.integer
        low, high = (0, example.classes) if whole else (example.low, example.high)
        value = low + (high - low) * value
        values.append(value.floor() if whole else value)
    return values


def outputs(model: Any, values: list[torch.Tensor]) -> list[Any]:
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    given = {f"b{i}": value.numpy() for i, value in enumerate(values)}
    return list(session.run(None, {one.name: given[one.name] for one in session.get_inputs()}))


def assert_equal(
    model: Any, graph: Graph, net: Any, values: list[torch.Tensor], tolerance: float = 1e-5
) -> None:
    expected = named(graph, run(net, values))
    results = outputs(model, values)
    for blob, result in zip(graph.outputs, results, strict=True):
        np.testing.assert_allclose(
            result, expected[blob].detach().numpy(), rtol=tolerance, atol=tolerance, err_msg=blob
        )


@cache
def built(type_: str, i: int) -> tuple[Graph, Any]:
    """The graph and the module of an example, with random weights."""
    layer = layers.find(type_)
    graph = graph_of(layer, layer.examples[i])
    net = build.build(graph, seed=0)
    randomize(net)
    return graph, net


@pytest.mark.parametrize(("layer", "i", "example"), CASES)
def test_a_form_gives_what_the_layer_gives(layer: Layer, i: int, example: Example) -> None:
    graph, net = built(layer.type, i)
    if (layer.type, i) in REFUSED:
        with pytest.raises(UnsupportedError, match=REFUSED[layer.type, i]) as caught:
            onnx_model(graph, net)
        assert f'layer "l" ({layer.type})' in caught.value.message
        assert "--end b0" in str(caught.value.hint)
        return
    model = onnx_model(graph, net)
    assert {node.op_type for node in model.graph.node}.isdisjoint({"If", "Loop", "Scan"})
    assert all(node.domain == "" for node in model.graph.node)
    assert [one.name for one in model.graph.output] == graph.outputs
    assert_equal(model, graph, net, values_of(example))
    sizes = [one.type.tensor_type.shape.dim for one in model.graph.input]
    if sizes and all(dims and dims[0].dim_param for dims in sizes):
        shapes = [(3 * shape[0], *shape[1:]) for shape in example.bottoms]
        larger = one_graph(layer.type, example.text, shapes, example.tops, "TEST")
        other = build.build(larger, share_with=net)
        assert_equal(model, larger, other, values_of(example, batch=3))


def test_every_type_that_runs_has_a_form_or_is_left_to_torch() -> None:
    without = {
        layer.type
        for layer in layers.every()
        if runs(layer) and layer.examples and layer.type not in registry
    }
    assert without == EXPORTED


@pytest.mark.long
@pytest.mark.parametrize("type_", sorted(EXPORTED))
def test_what_is_left_to_torch_is_equal_or_refused(type_: str) -> None:
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    graph, net = built(type_, 0)
    if type_ not in WITHOUT:
        model = onnx_model(graph, net)
        assert_equal(model, graph, net, values_of(layers.find(type_).examples[0]))
        return
    with pytest.raises(UnsupportedError, match="ONNX has no operators for this type") as caught:
        onnx_model(graph, net)
    assert f'layer "l" ({type_})' in caught.value.message
    assert str(caught.value.hint).startswith("cut the net there: --end b0")


@pytest.mark.parametrize("opset", [11, 18])
def test_forms_say_the_same_in_other_opsets(opset: int) -> None:
    for case in CASES:
        layer, i, example = case.values
        if i == 0 and (layer.type, i) not in REFUSED:
            graph, net = built(layer.type, i)
            model = onnx_model(graph, net, Options(opset=opset, dynamic="none"))
            assert model.opset_import[0].version == opset
            assert_equal(model, graph, net, values_of(example))


def test_half_precision_is_near() -> None:
    for case in CASES:
        layer, i, example = case.values
        if i == 0 and (layer.type, i) not in REFUSED:
            graph, net = built(layer.type, i)
            model = onnx_model(graph, net, Options(half=True, dynamic="none"))
            assert {one.type.tensor_type.elem_type for one in model.graph.output} == {1}
            assert_equal(model, graph, net, values_of(example), 1e-2)
