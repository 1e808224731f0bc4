"""Every layer type's moments over its examples: shapes as the shape rule's, and finite numbers."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch import layers
from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.layers.base import Example, Layer
from caffe2torch.lint.signal.walk import Walk
from caffe2torch.moments.lags import N
from caffe2torch.moments.state import Grad, State

CASES = [
    pytest.param(layer, example, id=f"{layer.type}-{i}")
    for layer in layers.every()
    for i, example in enumerate(layer.examples)
    if example.bottoms and type(layer).signal is not Layer.signal
]


def graph_of(layer: Layer, example: Example) -> Graph:
    """Input layers and the layer, as the layers' own tests make them."""
    text = "".join(
        f'layer {{ name: "in{i}" type: "Input" top: "b{i}" input_param {{ shape {{ '
        + " ".join(f"dim: {d}" for d in shape)
        + " } } }\n"
        for i, shape in enumerate(example.bottoms)
    )
    bottoms = " ".join(f'bottom: "b{i}"' for i in range(len(example.bottoms)))
    tops = " ".join(f'top: "t{i}"' for i in range(example.tops))
    text += f'layer {{ name: "l" type: "{layer.type}" {bottoms} {tops} {example.text} }}'
    return build_graph(upgrade.parse_net(text), phase=example.phase)


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_moments_are_finite_and_shaped(layer: Layer, example: Example) -> None:
    graph = graph_of(layer, example)
    k = np.full((2, N), 0.5)
    k[0, 0] = 1.0
    inputs = {f"b{i}": State(tuple(s), 0.1, k) for i, s in enumerate(example.bottoms)}
    blobs = Walk(graph, inputs).blobs
    node = graph.node("l")
    for top, shape in zip(node.tops, node.top_shapes, strict=True):
        if top in blobs:
            assert blobs[top].shape == tuple(shape)
            assert np.isfinite(blobs[top].k).all()
            assert blobs[top].var >= 0


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_gradients_are_finite(layer: Layer, example: Example) -> None:
    from caffe2torch.lint.signal.walk import place_of

    graph = graph_of(layer, example)
    node = graph.node("l")
    moments = layer.signal(node.site)
    if moments is None:
        pytest.skip("the layer says that its moments are not known for these parameters")
    at = place_of(node, {})
    x = [State(tuple(s), 0.1, np.full((2, N), 0.5)) for s in example.bottoms]
    y = moments.forward(at, x)
    g = [Grad(np.full((2, N), 0.25)) for _ in y]
    found = moments.backward(at, x, y, g)
    assert len(found) == len(x)
    for grad in found:
        assert grad is None or (np.isfinite(grad.k).all() and grad.k[0, 0] >= 0)
    assert all(square >= 0 for square in moments.weights(at, x, y, g).values())
