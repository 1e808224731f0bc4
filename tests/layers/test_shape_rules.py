"""Whatever a layer type accepts runs, with the shapes that it said: random parameters and sizes."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from google.protobuf import text_format
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.errors import C2TError
from caffe2torch.layers.base import Example, Layer
from caffe2torch.module import build
from tests.layers.one_layer import one_graph
from tests.layers.test_examples import FREE_AXIS

pytestmark = pytest.mark.long

RUNS = [layer for layer in layers.every() if layer.examples and not layer.source]
WHOLE = {FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64}
NATURAL = {FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64}


def values(field: FieldDescriptor) -> st.SearchStrategy[Any] | None:
    """Small values of a field; None for those that are left as the example has them."""
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.cpp_type in WHOLE:
        return st.integers(-3, 4)
    if field.cpp_type in NATURAL:
        return st.integers(0, 4)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return st.booleans()
    if field.cpp_type == FieldDescriptor.CPPTYPE_FLOAT:
        return st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0, 2.0])
    return None


@st.composite
def variations(draw: st.DrawFn, layer: Layer) -> tuple[Example, str, list[tuple[int, ...]]]:
    """One of the layer's examples with some fields and sizes changed."""
    example = draw(st.sampled_from(layer.examples))
    param = text_format.Parse(example.text, pb.LayerParameter())
    if layer.param_field:
        vary(draw, getattr(param, layer.param_field))
    shapes = [list(shape) for shape in example.bottoms]
    if draw(st.booleans()):
        old, new = draw(st.integers(1, 6)), draw(st.integers(1, 6))  # alike in all bottoms
        shapes = [[new if size == old else size for size in shape] for shape in shapes]
    return example, text_format.MessageToString(param), [tuple(shape) for shape in shapes]


def vary(draw: st.DrawFn, message: Any) -> None:
    """Set up to two fields of a message to other values."""
    fields = [field for field in message.DESCRIPTOR.fields if values(field) is not None]
    for field in draw(st.lists(st.sampled_from(fields), max_size=2)) if fields else ():
        kind = values(field)
        assert kind is not None
        message.ClearField(field.name)
        if field.default_value == []:
            getattr(message, field.name).extend(draw(st.lists(kind, max_size=3)))
        else:
            setattr(message, field.name, draw(kind))


@pytest.mark.parametrize("layer", [pytest.param(layer, id=layer.type) for layer in RUNS])
def test_what_is_accepted_runs_with_the_shapes_it_said(layer: Layer) -> None:
    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(variations(layer))
    def check(case: tuple[Example, str, list[tuple[int, ...]]]) -> None:
        example, text, shapes = case
        try:
            graph = one_graph(layer.type, text, shapes, example.tops, example.phase)
        except C2TError:
            return  # refused, with words
        run_and_compare(layer, graph, example)

    check()


def run_and_compare(layer: Layer, graph: Any, example: Example) -> None:
    """The shapes of the tops, as they come out on the CPU, are those of the rule."""
    try:
        net = build.build(graph, seed=0)
    except C2TError:
        return
    generator = torch.Generator().manual_seed(1)
    blobs = {}
    for i, source in enumerate(graph.sources):
        value = torch.rand(graph.shapes[source.tops[0]], generator=generator)
        if i in example.integer:
            value = (value * example.classes).floor()
        else:
            value = example.low + (example.high - example.low) * value
        blobs[source.tops[0]] = value
    tops = graph.node("l").tops
    try:
        result = build.run(net, blobs, tops)
    except ValueError as error:
        assert str(error).startswith(f"{layer.type}: "), error
        return
    except (IndexError, RuntimeError) as error:
        # an index that the changed sizes or parameters have put out of range
        assert example.integer and re.search("out of (bounds|range)", str(error)), error
        return
    for top, shape in zip(tops, graph.node("l").top_shapes, strict=True):
        found, wanted = list(result[top].shape), list(shape)
        if layer.type in FREE_AXIS:
            del found[FREE_AXIS[layer.type]], wanted[FREE_AXIS[layer.type]]
        assert found == wanted
