"""What layers say of themselves, against what they compute over their own examples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.graph.model import Graph
from caffe2torch.layers.base import Example, Layer, Role
from caffe2torch.module import build
from tests.layers.one_layer import one_graph

Blobs = dict[str, torch.Tensor]


def cases(fits: Callable[[Layer], bool]) -> list[Any]:
    """The examples of the layers that say so, and can run."""
    return [
        pytest.param(layer, example, id=f"{layer.type}-{i}")
        for layer in layers.every()
        if fits(layer) and not layer.source and not layer.shapes_only and not layer.silent
        for i, example in enumerate(layer.examples)
    ]


def graph_of(layer: Layer, example: Example) -> Graph:
    shapes = [tuple(shape) for shape in example.bottoms]
    return one_graph(layer.type, example.text, shapes, example.tops, example.phase)


def inputs(example: Example) -> Blobs:
    """Random values for the bottoms, as the example wants them."""
    generator = torch.Generator().manual_seed(1)
    blobs = {}
    for i, shape in enumerate(example.bottoms):
        value = torch.rand(*shape, generator=generator)
        whole = (value * example.classes).floor()
        low, high = example.low, example.high
        blobs[f"b{i}"] = whole if i in example.integer else low + (high - low) * value
    return blobs


def first_top(graph: Graph, blobs: Blobs) -> torch.Tensor:
    """The first top, with the same parameters and the same random numbers in each call."""
    net = build.build(graph, seed=0)
    torch.manual_seed(0)
    return build.run(net, blobs, ["t0"])["t0"].detach()


@pytest.mark.parametrize(("layer", "example"), cases(lambda layer: layer.homogeneous))
def test_homogeneous_layers_pass_a_factor_on(layer: Layer, example: Example) -> None:
    graph, blobs = graph_of(layer, example), inputs(example)
    scaled = [f"b{i}" for i in range(len(blobs)) if i not in example.integer]
    if not layer.plays(Role.JOINING):
        scaled = scaled[:1]
    more = blobs | {name: 4 * blobs[name] for name in scaled}
    before, after = first_top(graph, blobs), first_top(graph, more)
    outside = before == -torch.finfo().max  # MAX over a window that lies in the padding
    torch.testing.assert_close(after[~outside], 4 * before[~outside])


@pytest.mark.parametrize(
    ("layer", "example"),
    [
        case
        for case in cases(lambda layer: type(layer).linear is not Layer.linear)
        if case.values[1].phase == "TEST" or not case.values[0].plays(Role.NORMALIZER)
    ],
)
def test_linear_layers_are_linear_but_for_an_offset(layer: Layer, example: Example) -> None:
    """f(x + 2d) - f(x) = 2 (f(x + d) - f(x)), and not where the layer says that it is none."""
    graph, blobs = graph_of(layer, example), inputs(example)
    step = torch.randn(blobs["b0"].shape, generator=torch.Generator().manual_seed(2))
    at = [first_top(graph, blobs | {"b0": blobs["b0"] + k * step}) for k in range(3)]
    straight = torch.allclose(at[2] - at[0], 2 * (at[1] - at[0]), atol=1e-5, rtol=1e-4)
    if layer.linear(graph.node("l").site):
        assert straight
    elif len(example.bottoms) == 1 and not at[1].equal(at[0]):
        assert not straight


@pytest.mark.parametrize(("layer", "example"), cases(lambda layer: layer.plays(Role.ACTIVATION)))
def test_activations_look_at_each_value_alone_and_keep_to_their_bounds(
    layer: Layer, example: Example
) -> None:
    graph = graph_of(layer, example)
    low, high = layer.bounds(graph.node("l").site)
    x = torch.linspace(-30, 30, math.prod(example.bottoms[0])).reshape(*example.bottoms[0])
    x.flatten()[-1] = 0
    y = first_top(graph, {"b0": x})
    assert y.shape == x.shape
    values = y[y.isfinite()]
    assert values.min() >= low - 1e-6
    assert values.max() <= high + 1e-6
    for bound in (low, high):
        if math.isfinite(bound):  # and no further than they have to
            assert (values - bound).abs().min() < 1e-3
    changed = x.clone()
    changed.flatten()[0] -= 1
    same = first_top(graph, {"b0": changed}).flatten()[1:] == y.flatten()[1:]
    assert bool((same | y.flatten()[1:].isnan()).all())


def saturating() -> list[Any]:
    activations = cases(lambda layer: layer.plays(Role.ACTIVATION))
    return [
        case for case in activations
        if case.values[0].saturates(graph_of(*case.values).node("l").site)
    ]  # fmt: skip


@pytest.mark.parametrize(("layer", "example"), saturating())
def test_the_steepest_slope_of_what_saturates(layer: Layer, example: Example) -> None:
    graph = one_graph(layer.type, example.text, [(2001,)])
    y = first_top(graph, {"b0": torch.linspace(-5, 5, 2001)}).double()
    assert float((y.diff() / 0.005).max()) == pytest.approx(layer.steepest, abs=1e-3)


@pytest.mark.parametrize(
    "layer", [layer for layer in layers.every() if layer.rectifies], ids=lambda layer: layer.type
)
def test_rectifiers_take_about_half_of_the_second_moment(layer: Layer) -> None:
    """Of normal values, by default: 0.5 for ReLU, up to 0.7 for ELU, 0.36 for Swish."""
    graph = one_graph(layer.type, "", [(1, 1, 100, 100)])
    x = torch.randn(1, 1, 100, 100, generator=torch.Generator().manual_seed(0))
    share = float(first_top(graph, {"b0": x}).square().mean() / x.square().mean())
    assert 0.25 < share < 0.75


@pytest.mark.parametrize(("layer", "example"), cases(lambda layer: layer.label_bottom is not None))
def test_labels_are_the_classes_that_the_layer_says(layer: Layer, example: Example) -> None:
    """The last class is read without an error, and stands for a score of its own."""
    bottom = layer.label_bottom
    assert bottom in example.integer
    graph, blobs = graph_of(layer, example), inputs(example)
    classes = graph.node("l").layer.label_range(graph.node("l").site, bottom or 0)
    assert classes is not None
    assert classes >= example.classes
    blobs[f"b{bottom}"] = torch.full(example.bottoms[bottom or 0], classes - 1.0)
    assert first_top(graph, blobs).isfinite().all()


@pytest.mark.parametrize(("layer", "example"), cases(lambda layer: layer.paired))
def test_paired_bottoms_are_of_one_size(layer: Layer, example: Example) -> None:
    """And the loss falls when a prediction comes nearer to its target."""
    a, b = (math.prod(shape) for shape in example.bottoms[:2])
    assert a == b
    assert layer.loss


@pytest.mark.parametrize("layer", layers.every(), ids=lambda layer: layer.type)
def test_the_fields_that_a_layer_names_are_there(layer: Layer) -> None:
    fields = pb.LayerParameter.DESCRIPTOR.fields_by_name
    holder, _, name = layer.scale_field.partition(".")
    assert name in fields[holder].message_type.fields_by_name
    settings = layer.data_field or layer.param_field
    inner = fields[settings].message_type.fields_by_name if settings else {}
    assert set(layer.ignored) <= set(inner)
    if layer.mode:
        assert layer.mode in fields[layer.param_field].message_type.fields_by_name
    if layer.plays(Role.WEIGHTS):
        assert {"num_output", "weight_filler"} <= set(inner)
    if layer.plays(Role.CONVOLUTION):
        assert layer.param_field == "convolution_param"
    if layer.plays(Role.IMAGES):
        assert layer.source
    if layer.applies:
        assert layers.find(layer.applies).type == layer.applies


def test_an_unknown_type_plays_no_role_and_is_a_loss_by_its_name() -> None:
    assert layers.known(pb.LayerParameter(type="Zzyzx")) is None
    assert layers.is_loss(pb.LayerParameter(type="ZzyzxLoss"))
    assert not layers.is_loss(pb.LayerParameter(type="Zzyzx"))
    assert layers.is_loss(pb.LayerParameter(type="HingeLoss"))
    assert not layers.is_loss(pb.LayerParameter(type="LossTree"))
