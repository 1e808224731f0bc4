"""A BatchNorm and its Scale in one call: the same numbers, and only where nobody can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.module import build
from caffe2torch.module.emit import emit
from tests.graph.nets import graph

DATA = 'layer { name: "in" type: "Input" top: "in" input_param { shape { %s } } }\n'
DATA %= "dim: 3 dim: 2 dim: 4 dim: 5"


def norm(top: str, more: str = "") -> str:
    return f'layer {{ name: "bn" type: "BatchNorm" bottom: "in" top: "{top}" {more} }}\n'


def scale(bottom: str, top: str, more: str = "scale_param { bias_term: true }") -> str:
    blobs = f'bottom: "{bottom}" top: "{top}"'
    return f'layer {{ name: "scale" type: "Scale" {blobs} {more} }}\n'


def joined(found: Graph) -> bool:
    return "self.bn(in_, self.scale.weight, self.scale.bias)" in emit(found, join=True)


@pytest.mark.parametrize("bias", ["", "scale_param { bias_term: true }"])
def test_a_scale_of_the_channels_is_joined(tmp_path: Path, bias: str) -> None:
    assert joined(graph(tmp_path, DATA + norm("x") + scale("x", "x", bias)))


def test_joining_is_asked_for(tmp_path: Path) -> None:
    source = emit(graph(tmp_path, DATA + norm("x") + scale("x", "x")))
    assert "self.bn(in_)" in source
    assert "self.scale(x)" in source


@pytest.mark.parametrize(
    "layers",
    [
        norm("x") + scale("x", "y") + 'layer { name: "r" type: "ReLU" bottom: "x" top: "z" }',
        norm("x") + scale("x", "y", "scale_param { axis: 2 }"),
        norm("x") + scale("x", "y", "scale_param { num_axes: 2 }"),
        norm("x") + scale("x", "y", "propagate_down: false"),
        norm("x", "batch_norm_param { scale_bias: true }") + scale("x", "y"),
    ],
    ids=["two readers", "another axis", "two axes", "propagate_down", "scaled inside"],
)
def test_what_is_not_joined(tmp_path: Path, layers: str) -> None:
    found = graph(tmp_path, DATA + layers)
    assert emit(found, join=True) == emit(found)


def test_a_blob_that_is_asked_for_is_not_joined_away(tmp_path: Path) -> None:
    found = graph(tmp_path, DATA + norm("x") + scale("x", "y"))
    assert "self.scale(x)" in emit(found, ["x", "y"], join=True)


@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
def test_the_numbers_are_those_of_the_two_layers(phase: str) -> None:
    torch = pytest.importorskip("torch")
    net = Path(__file__).parents[1] / "golden/nets/residual.prototxt"
    found = build_graph(read_net(net), phase=phase)
    assert "weight, self." in emit(found, join=True)
    names = [*found.loss_weights]
    kinds = [build.build(found, seed=3, returns=names, join=join) for join in (False, True)]
    generator = torch.Generator().manual_seed(1)
    shapes = {t: s for n in found.sources for t, s in zip(n.tops, n.top_shapes, strict=True)}
    inputs = [torch.rand(s, generator=generator).mul(3).floor() for s in shapes.values()]
    results = []
    for kind in kinds:
        blobs = kind(*(x.clone() for x in inputs))
        build.total_loss(kind, blobs).backward()
        results.append((blobs, [p.grad for p in kind.parameters()], list(kind.buffers())))
    torch.testing.assert_close(results[1], results[0], rtol=1e-4, atol=1e-5)
