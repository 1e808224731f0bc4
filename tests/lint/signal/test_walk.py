"""The walk through a graph: what is taken from another walk, and what hypotheses change."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.lint.signal.walk import LARGEST, Walk, place_of, weight_of
from caffe2torch.moments.base import Guess, Moments
from caffe2torch.moments.linear import Linear
from tests.graph.nets import relu
from tests.moments.blobs import independent

SIDES = """
layer { name: "data" type: "Input" top: "data" top: "label"
        input_param { shape { dim: 4 dim: 100 } shape { dim: 4 } } }
"""
LOSS = """
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "b" bottom: "label" top: "loss" }
"""


def ip(name: str, bottom: str, more: str = "", std: float = 0.1) -> str:
    return (
        f'layer {{ name: "{name}" type: "InnerProduct" bottom: "{bottom}" top: "{name}" {more}\n'
        f"  inner_product_param {{ num_output: 100 bias_term: false "
        f'weight_filler {{ type: "gaussian" std: {std} }} }} }}\n'
    )


def net(*middle: str, a: str = "", b: str = "", std: float = 0.1) -> Graph:
    text = SIDES + ip("a", "data", a, std) + "".join(middle) + ip("b", "a", b, std) + LOSS
    return build_graph(parse_net(text), phase="TRAIN")


def walk(graph: Graph, inputs: dict | None = None, **options: object) -> Walk:
    given = {"data": independent((4, 100)), "label": independent((4,))}
    return Walk(graph, inputs or given, **options)  # type: ignore[arg-type]


def about(expected: Any) -> Any:
    """Within the hundredth by which the typical variance of these blobs lies below the mean one."""
    return pytest.approx(expected, rel=0.01)


def squares(graph: Graph, taken: Walk) -> dict[str, float]:
    """Layer -> expected squared norm of the gradient of its weights."""
    refs = {node.name: weight_of(node) for node in graph.nodes}
    found = {name: taken.squares.get(id(ref)) for name, ref in refs.items() if ref}
    return {name: square for name, square in found.items() if square is not None}


def test_each_layer_multiplies_the_variance() -> None:
    """100 inputs of variance 1, weights of variance 0.01: the variance stays 1, twice."""
    blobs = walk(net()).blobs
    assert [blobs[name].var for name in "ab"] == about([1, 1])
    given = walk(net(), given={("a", "weight"): pb.FillerParameter(type="gaussian", std=0.3)})
    assert given.blobs["b"].var == about(9)


def test_what_stands_before_the_first_difference_is_taken_over() -> None:
    graph = net()
    plain = walk(graph)
    second = {("b", "weight"): pb.FillerParameter(type="gaussian", std=0.2)}
    changed = walk(graph, plain.inputs, given=second, like=plain)
    at = [node.name for node in graph.nodes].index("b")
    same = [new is old for new, old in zip(changed.ys, plain.ys, strict=True)]
    assert same == [i < at for i in range(len(graph.nodes))]
    assert changed.blobs["b"].var == about(4)
    assert walk(graph, plain.inputs, like=plain).ys == plain.ys  # nothing differs
    other = walk(graph, like=plain)  # other inputs, though alike: all is done again
    assert not any(new is old for new, old in zip(other.ys[1:], plain.ys[1:], strict=True))


def test_dropout_is_noise_that_can_be_left_out() -> None:
    drop = 'layer { name: "drop" type: "Dropout" bottom: "a" top: "a" }\n'
    noisy = walk(net(drop))
    assert noisy.blobs["b"].var == about(2)  # half of the units, doubled
    assert noisy.without_noise.blobs["b"].var == about(1)
    still = walk(net())
    assert still.without_noise is still


def test_batchnorm_stands_behind_all_weights_but_the_last() -> None:
    loud = net(std=1.0)
    assert walk(loud).blobs["b"].var == about(1e4)
    normed = walk(loud, norm=True)
    assert [normed.blobs[name].var for name in "ab"] == about([1, 100])


def test_the_gradient_of_a_shared_blob_is_that_of_its_owner() -> None:
    apart, tied = net(), net(a='param { name: "w" }', b='param { name: "w" }')
    each, both = squares(apart, walk(apart)), squares(tied, walk(tied))
    assert set(both) == {"a"}
    assert both["a"] == pytest.approx(each["a"] + each["b"])


def test_no_gradient_goes_below_what_is_not_trained() -> None:
    frozen = net(a="param { lr_mult: 0 }")
    grads = walk(frozen)
    assert set(squares(frozen, grads)) == {"b"}
    assert [frozen.nodes[i].name for i in grads.weighted] == ["a", "b"]


def test_curvature_is_positive_and_larger_where_samples_agree() -> None:
    graph = net()
    taken = walk(graph)
    ref = weight_of(graph.node("b"))
    alone, together = (taken.curvature(shared)[id(ref)] for shared in (0.0, 1.0))
    assert 0 < alone <= together


def test_a_net_that_explodes_stays_finite() -> None:
    chain = [ip(f"m{i}", f"m{i - 1}" if i else "a", std=1e8) for i in range(6)]
    text = SIDES + ip("a", "data", std=1e8) + "".join(chain) + ip("b", "m5", std=1e8) + LOSS
    graph = build_graph(parse_net(text))
    blobs = walk(graph).blobs
    assert 0 < blobs["b"].var <= LARGEST * 1e20 and np.isfinite(blobs["b"].k).all()
    grads = squares(graph, walk(graph))
    assert all(np.isfinite(square) and square >= 0 for square in grads.values())


def test_a_place_has_the_spread_of_the_filler_that_is_given() -> None:
    graph = net()
    node = graph.node("a")
    assert place_of(node, {}).spreads["weight"].var == about(0.01)
    place = place_of(node, {("a", "weight"): pb.FillerParameter(type="constant", value=3)})
    assert (place.spreads["weight"].mean, place.spreads["weight"].var) == (3, 0)
    assert place.train and not place_of(node, {}, quiet=True).train


def test_the_weight_is_the_blob_of_that_name_with_several_axes() -> None:
    scale = 'layer { name: "s" type: "Scale" bottom: "a" top: "a" }\n'
    graph = net(relu("r", "a", "a"), scale)
    assert weight_of(graph.node("a")) is graph.node("a").params[0]
    assert weight_of(graph.node("r")) is None
    assert weight_of(graph.node("s")) is None  # (100,): a factor a channel


def conv(sizes: str, kind: str = "Convolution") -> str:
    return f'type: "{kind}" convolution_param {{ num_output: 1 {sizes} }}'


def windowed(bottom: tuple[int, ...], layer_text: str) -> Graph:
    shape = " ".join(f"dim: {n}" for n in bottom)
    text = f'layer {{ name: "d" type: "Input" top: "data" input_param {{ shape {{ {shape} }} }} }}'
    text += f'layer {{ name: "w" bottom: "data" top: "w" {layer_text} }}'
    return build_graph(parse_net(text), phase="TRAIN")


@pytest.mark.parametrize(
    ("bottom", "layer_text"),
    [
        ((1, 3, 8, 8), conv("kernel_size: 2147483647 pad: 1073741823")),
        ((1, 1, 30000, 30000), conv("kernel_size: 1")),
        ((1, 1, 300, 300), conv("kernel_size: 2 stride: 100", "Deconvolution")),
        ((1, 1, 600, 600), 'type: "Pooling" pooling_param { pool: AVE kernel_size: 500 }'),
        ((1, 3, 8, 8), 'type: "LRN" lrn_param { local_size: 20001 norm_region: WITHIN_CHANNEL }'),
        ((1, 3, 8, 8), 'type: "LRN" lrn_param { local_size: 2147483647 }'),
    ],
)
def test_windows_beyond_all_measure_are_a_guess(bottom: tuple[int, ...], layer_text: str) -> None:
    graph = windowed(bottom, layer_text)
    tracemalloc.start()
    taken = Walk(graph, {"data": independent(bottom)})
    assert type(taken.moments[-1]) in (Guess, Moments)
    taken.squares  # noqa: B018  the way back, too
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 100e6


def test_windows_of_usual_nets_are_counted() -> None:
    graph = windowed((1, 3, 1024, 2048), conv("kernel_size: 11 stride: 4"))
    taken = Walk(graph, {"data": independent((1, 3, 1024, 2048))})
    assert isinstance(taken.moments[-1], Linear)
