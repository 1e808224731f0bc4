"""What every layer type must do, over the examples it declares."""

from __future__ import annotations

import ast
import builtins
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from torch import nn

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.format.upgrade import net_from_message
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.layers.base import Example, Layer
from caffe2torch.module import build
from caffe2torch.module.blobs import export_blobs, set_blobs
from caffe2torch.module.emit import emit
from caffe2torch.module.helpers import code_helpers, file_of, helper_source
from caffe2torch.module.layout import NHWC, laid_out
from caffe2torch.registry import fold
from tests.layers import test_shapes_of_forks as shapes_of_forks
from tests.layers.one_layer import one_graph

TYPES = [layer.type for layer in layers.every()]
CASES = [
    pytest.param(layer, example, id=f"{layer.type}-{i}")
    for layer in layers.every()
    for i, example in enumerate(layer.examples)
    if not layer.source
]
HOSTILE = 'l"; import os\nclass X(nn.Module): pass #{self}'

# The size of one axis depends on the values of the bottoms.
FREE_AXIS = {
    "Filter": 0, "DetectionOutput": 2, "YoloDetectionOutput": 2, "Yolov3DetectionOutput": 2,
    "DetectionEvaluate": 2, "Proposal": 0,
}  # fmt: skip
# Caffe's gradient is not that of its forward; golden cases or a test of their own check these.
OWN_GRADIENT = {
    "AdaCosAddmScale": "the scale does not follow the gradient",
    "LabeledMatching": "stores the features that it met",
    "UnlabeledMatching": "stores the features that it met",
    "MultiLabelSoftmaxWithLoss": "pushes down what is not set, too",
    "ReLU2B": "that of a rectifier with an end",
    "Truncation": "what leads back between the bounds passes",
    "BinaryConvolution": "that of the signs goes to the weights as it is",
    "BinaryInnerProduct": "that of the signs goes to the weights as it is",
    "SignedSqrt": "has 0.03 more below it than the derivative",
    "Quant": "that of another function",
    "CTCLoss": "that of the sum over the sequences, of which the value is the mean",
    "CenterLoss": "the centres do not follow it",
    "ContrastiveLoss": "divides by the distance + 1e-4",
    "KLDivLoss": "leaves out what the sum of the map adds",
    "LSTMUnit": "the forget gate's gradient is off for a fractional cont",
    "MVN": "ignores eps",
    "MarginInnerProduct": "the weights get that of a plain inner product",
    "DetectionLoss": "a confidence aims at the overlap, and the value divides by the objects",
    "MultiLabelSigmoidLoss": "divides by the items, the value by the targets that count",
    "QuantizationLoss": "divides by the items, the value by all numbers",
    "RegionLoss": "the value is the sum of the squares of the gradient",
    "SmoothL1LossOHEM": "leaves the weights out",
    "Yolov3": "the value is the sum of the squares of the gradient",
}


def graph_of(layer: Layer, example: Example) -> Graph:
    bottoms = [tuple(shape) for shape in example.bottoms]
    return one_graph(layer.type, example.text, bottoms, example.tops, example.phase)


def inputs_of(graph: Graph, example: Example, dtype: Any = torch.float32) -> dict[str, Any]:
    """Random values for the bottoms, as the example wants them."""
    generator = torch.Generator().manual_seed(1)
    blobs = {}
    for i, shape in enumerate(example.bottoms):
        value = torch.rand(*shape, generator=generator, dtype=dtype)
        if i in example.integer:
            value = (value * example.classes).floor()
        else:
            value = example.low + (example.high - example.low) * value
        blobs[f"b{i}"] = value
    return blobs


def ran(graph: Graph, net: nn.Module, blobs: dict[str, Any]) -> list[Any]:
    tops = graph.node("l").tops
    torch.manual_seed(0)
    result = build.run(net, blobs, tops)
    return [result[top] for top in tops]


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_the_shape_rule_says_what_runs(layer: Layer, example: Example) -> None:
    graph = graph_of(layer, example)
    tops = ran(graph, build.build(graph, seed=0), inputs_of(graph, example))
    for top, shape in zip(tops, graph.node("l").top_shapes, strict=False):
        found, wanted = list(top.shape), list(shape)
        if layer.type in FREE_AXIS:
            del found[FREE_AXIS[layer.type]], wanted[FREE_AXIS[layer.type]]
        assert found == wanted
        assert top.dtype == torch.float32


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_bottoms_may_lie_in_nhwc(layer: Layer, example: Example) -> None:
    """Behind a convolution they do."""
    graph = graph_of(layer, example)
    blobs = inputs_of(graph, example)
    turned = {name: laid_out(blob, NHWC) for name, blob in blobs.items()}
    wanted, tops = (ran(graph, build.build(graph, seed=0), given) for given in (blobs, turned))
    for top, value in zip(tops, wanted, strict=True):
        torch.testing.assert_close(top, value, equal_nan=True)


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_it_runs_on_meta_tensors(layer: Layer, example: Example) -> None:
    graph = graph_of(layer, example)
    if not example.bottoms and not graph.node("l").blobs:
        pytest.skip("nothing says on which device it is")
    blobs = {name: blob.to("meta") for name, blob in inputs_of(graph, example).items()}
    try:
        tops = ran(graph, build.build(graph, seed=0).to("meta"), blobs)
    except (NotImplementedError, RuntimeError) as error:
        assert "meta" in str(error)
        pytest.skip("reads values on the host")
    assert [tuple(top.shape) for top in tops] == graph.node("l").top_shapes
    assert all(top.is_meta for top in tops)


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_state_dict_holds_the_blobs_and_nothing_else(layer: Layer, example: Example) -> None:
    graph = graph_of(layer, example)
    net, node = build.build(graph, seed=0), graph.node("l")
    assert list(net.state_dict()) == [f"l.{key}" for key in node.blobs] or set(
        net.state_dict()
    ) == {f"l.{key}" for key in node.blobs}
    parameters = dict(net.named_parameters())
    for key, blob in node.blobs.items():
        assert net.state_dict()[f"l.{key}"].numel() == blob.count
        assert (f"l.{key}" in parameters) == blob.learnable


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_weights_go_in_and_come_out(layer: Layer, example: Example) -> None:
    graph = graph_of(layer, example)
    net, node = build.build(graph, seed=0), graph.node("l")
    if not node.blobs:
        pytest.skip("has no weights")
    rng = np.random.default_rng(1)
    arrays = [rng.uniform(0.5, 2, blob.shape).astype(np.float32) for blob in node.blobs.values()]
    set_blobs(net, node, arrays)
    for found, wanted in zip(export_blobs(net)["l"], arrays, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_the_source_is_the_same_every_time(layer: Layer, example: Example) -> None:
    source = emit(graph_of(layer, example))
    assert source == emit(graph_of(layer, example))
    compile(source, "<emitted>", "exec")
    assert "caffe2torch" not in source.replace("written by caffe2torch", "") or layer.type in {
        "HDF5Output",
        "Python",
    }


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_no_name_becomes_code(layer: Layer, example: Example) -> None:
    graph = graph_of(layer, example)
    message = pb.NetParameter()
    message.CopyFrom(graph.net.message)
    message.layer[-1].name = HOSTILE
    for i in range(len(message.layer[-1].top)):
        message.layer[-1].top[i] = f"{HOSTILE}{i}"
    hostile = build_graph(net_from_message(message))
    net, blobs = build.build(hostile, seed=0), inputs_of(graph, example)
    tops = hostile.nodes[-1].tops
    torch.manual_seed(0)
    result = build.run(net, blobs, tops)
    for top, wanted in zip(tops, ran(graph, build.build(graph, seed=0), blobs), strict=False):
        torch.testing.assert_close(result[top], wanted, equal_nan=True)


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_gradients_are_those_of_the_forward(layer: Layer, example: Example) -> None:
    if layer.backward or not example.tops:
        pytest.skip("no gradient passes")
    if layer.type in OWN_GRADIENT:
        pytest.skip(OWN_GRADIENT[layer.type])
    graph = graph_of(layer, example)
    function, values = differentiable(layer, example, graph)
    if not values or not any(top.requires_grad for top in function(*values)):
        pytest.skip("nothing to differentiate")
    assert torch.autograd.gradcheck(function, values, fast_mode=True)


def differentiable(
    layer: Layer, example: Example, graph: Graph
) -> tuple[Callable[..., Any], list[Any]]:
    """The layer as a function of float64 bottoms and weights that want a gradient."""
    net, site = build.build(graph, seed=0).double(), graph.node("l").site
    blobs = inputs_of(graph, example, torch.float64)
    refused = {b % len(site.bottoms) for b in layer.no_gradient if site.bottoms}
    for i, (_, blob) in enumerate(sorted(blobs.items())):
        free = layer.force_backward(site, i) and i not in refused | {*example.integer}
        blob.requires_grad_(free)
    weights = {k: v.detach().clone().requires_grad_() for k, v in net.named_parameters()}
    names = [name for name, blob in blobs.items() if blob.requires_grad]
    tops = graph.node("l").tops

    def function(*values: Any) -> tuple[Any, ...]:
        given = {**blobs, **dict(zip(names, values, strict=False))}
        for key, value in zip(weights, values[len(names) :], strict=True):
            module, _, last = key.rpartition(".")
            net.get_submodule(module)._parameters[last] = value
        torch.manual_seed(0)
        result = build.run(net, given, tops)
        return tuple(result[top] for top in tops if result[top].is_floating_point())

    return function, [*(blobs[name] for name in names), *weights.values()]


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_helpers_name_nothing_that_is_not_there(layer: Layer, example: Example) -> None:
    if layer.silent:
        pytest.skip("emits nothing")
    node = graph_of(layer, example).node("l")
    helpers = code_helpers(layer.code(node.site), file_of(layer))
    known = {*vars(builtins), "torch", "nn", "F", "Any", "Callable"}
    for helper in helpers:
        known.add(helper.__name__)
        assert free_names(helper_source(helper)) <= known


def free_names(source: str) -> set[str]:
    """Names that a definition reads and does not bind."""
    tree = ast.parse(source)
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    bound = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    for n in ast.walk(tree):
        if isinstance(n, ast.arg):
            bound.add(n.arg)
        elif isinstance(n, (ast.ClassDef, ast.FunctionDef)):
            bound.add(n.name)
        elif isinstance(n, (ast.Import, ast.ImportFrom)):
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in n.names}
    return read - bound


def test_no_two_helpers_share_a_name() -> None:
    where: dict[str, str] = {}
    for layer, example in ((case.values[0], case.values[1]) for case in CASES):
        if not layer.silent:
            code = layer.code(graph_of(layer, example).node("l").site)
            for helper in code_helpers(code, file_of(layer)):
                home = where.setdefault(helper.__name__, helper.__module__)
                assert home == helper.__module__, helper.__name__


def docstring_items(layer: Layer) -> dict[str, str]:
    """The template's headings and their texts."""
    text = re.sub(r"\n {8,}", " ", layer.__doc__ or "")
    return dict(re.findall(r"^ {4}(\w+): +(.*)$", text, re.MULTILINE))


@pytest.mark.parametrize("type_", TYPES)
def test_the_docstring_is_the_form(type_: str) -> None:
    found = list(docstring_items(layers.find(type_)))
    assert found == ["Shape", "Params", "Weights", "Differs", "Raises", "Source"]
    assert "->" in docstring_items(layers.find(type_))["Shape"]


@pytest.mark.parametrize("type_", TYPES)
def test_the_docstring_says_the_defaults_of_the_schema(type_: str) -> None:
    layer = layers.find(type_)
    for field, default in stated_defaults(layer):
        if field.default_value != []:  # the schema has none for repeated fields
            assert same(default, field), f"{field.name} [{default}]"


def stated_defaults(layer: Layer) -> Iterator[tuple[FieldDescriptor, str]]:
    """Each [default] under Params, and the field whose name stands last before it."""
    outer = pb.LayerParameter.DESCRIPTOR.fields_by_name
    own = message = outer[layer.param_field].message_type if layer.param_field else None
    field = None
    for word in re.findall(r"\w+|\[[^\]]*\]", docstring_items(layer)["Params"]):
        if word.startswith("["):
            assert field is not None, f"{word} stands behind no field"
            yield field, word[1:-1]
            field = None
        elif word in outer and outer[word].message_type is not None:
            message = outer[word].message_type
        elif own and (part := own.fields_by_name.get(word)) and part.message_type is not None:
            message = part.message_type  # "nms_param: nms_threshold": its own, not a namesake
        elif message is not None:
            fields = fields_within(own) | fields_within(message) if own else fields_within(message)
            field = fields.get(word, field)


def fields_within(message: Descriptor) -> dict[str, FieldDescriptor]:
    """The fields of a message, and those of the messages in it."""
    inner = [f.message_type for f in message.fields if f.message_type is not None]
    nested = {field.name: field for part in inner for field in part.fields}
    return nested | {field.name: field for field in message.fields}


def same(text: str, field: FieldDescriptor) -> bool:
    """Whether a default is stated as prototxt writes it, floats in any number of digits."""
    if isinstance(field.default_value, float):
        return float(text) == pytest.approx(field.default_value, rel=1e-6)
    return text == written(field)


def written(field: FieldDescriptor) -> str:
    """A default as prototxt writes it."""
    if field.enum_type is not None:
        return str(field.enum_type.values_by_number[field.default_value].name)
    if field.cpp_type == field.CPPTYPE_BOOL:
        return str(field.default_value).lower()
    if field.cpp_type == field.CPPTYPE_STRING:
        return json.dumps(field.default_value)
    return str(field.default_value)


@pytest.mark.parametrize("type_", TYPES)
def test_the_file_is_named_after_the_type(type_: str) -> None:
    layer = layers.find(type_)
    assert fold(type(layer).__module__.rpartition(".")[2]) == fold(layer.type)
    assert type(layer).__name__ == layer.type


@pytest.mark.parametrize("type_", TYPES)
def test_something_proves_it(type_: str, golden: Path, root: Path) -> None:
    layer = layers.find(type_)
    recorded = {
        case["type"] for case in json.loads((golden / "layers/index.json").read_text())["cases"]
    }
    stem = type(layer).__module__.rpartition(".")[2]
    own = root / "tests" / "layers" / f"test_{stem}.py"
    elsewhere = own.is_file() or reads_files(layer) or layer.type in shapes_of_forks.CASES
    assert layer.type in recorded or elsewhere
    assert layer.examples or elsewhere


@pytest.mark.parametrize("layer", [layer for layer in layers.every() if layer.source])
def test_the_tops_of_a_source_are_arguments(layer: Layer) -> None:
    for example in layer.examples:
        graph = graph_of(layer, example)
        values = {top: torch.ones(graph.shapes[top]) for top in graph.node("l").tops}
        assert build.run(build.build(graph), values, list(values)) == values


def reads_files(layer: Layer) -> bool:
    """A source of data: tests/golden/transform and tests/data prove it."""
    return layer.source and layer.type != "Input"
