"""BN: SegNet's and PSPNet's layers, told apart by their fields."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module import build
from caffe2torch.module.blobs import export_blobs, graph_of
from tests.layers.one_layer import one_graph, one_net, run_net, top_shapes

SHAPE = (4, 3, 2, 5)
SEGNET = "bn_param { scale_filler { value: 2 } shift_filler { value: 0.5 } }"
PSPNET = "bn_param { slope_filler { value: 2 } bias_filler { value: 0.5 } momentum: 0.75 %s }"


def normal(x: torch.Tensor) -> torch.Tensor:
    mean = x.mean((0, 2, 3), keepdim=True)
    return (x - mean) / ((x - mean) ** 2).mean((0, 2, 3), keepdim=True).sqrt()


@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
def test_segnet_takes_the_batchs_statistics_in_both_phases(phase: str) -> None:
    net = one_net("BN", SEGNET, [SHAPE], tops=3, phase=phase)
    x = 3 + torch.randn(SHAPE)
    y, mean, variance = run_net(net, x)
    torch.testing.assert_close(y, 2 * normal(x) + 0.5, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(mean, x.mean((0, 2, 3)).view(1, 3, 1, 1))
    torch.testing.assert_close(variance, x.var((0, 2, 3), correction=0).view(1, 3, 1, 1))
    assert [ref.shape for ref in graph_of(net).params] == [(1, 3, 1, 1)] * 2


def test_segnet_inference_is_affine() -> None:
    text = "bn_param { bn_mode: INFERENCE scale_filler { value: 2 } shift_filler { value: 0.5 } }"
    net = one_net("BN", text, [SHAPE], phase="TEST")
    x = torch.randn(SHAPE)
    torch.testing.assert_close(run_net(net, x)[0], 2 * x + 0.5)
    with pytest.raises(ShapeError, match="INFERENCE"):
        top_shapes("BN", text, [SHAPE], tops=2)


def test_pspnet_averages_biased_statistics_for_test() -> None:
    net = one_net("BN", PSPNET % "", [SHAPE])
    x = 3 + torch.randn(SHAPE)
    torch.testing.assert_close(run_net(net, x)[0], 2 * normal(x) + 0.5, rtol=1e-4, atol=1e-4)
    _, _, mean, variance = map(torch.from_numpy, export_blobs(net)["l"])
    torch.testing.assert_close(mean, 0.25 * x.mean((0, 2, 3)).view(1, 3, 1, 1))
    torch.testing.assert_close(variance, 0.25 * x.var((0, 2, 3), correction=0).view(1, 3, 1, 1))
    graph = one_graph("BN", PSPNET % "", [SHAPE], phase="TEST")
    test = build.build(graph, share_with=net)
    wanted = 2 * (x - mean) / (variance + 1e-5).sqrt() + 0.5
    torch.testing.assert_close(run_net(test, x)[0], wanted)


def test_pspnet_frozen_trains_nothing() -> None:
    net: Any = one_net("BN", PSPNET % "frozen: true", [SHAPE])
    x = torch.randn(SHAPE, requires_grad=True)
    (y,) = run_net(net, x)
    torch.testing.assert_close(y, 2 * x / (1 + 1e-5) ** 0.5 + 0.5)
    graph = graph_of(net)
    assert [ref.lr_mult for ref in graph.params] == [0, 0, 0, 0]
    assert export_blobs(net)["l"][2].any() == 0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 2),
        ("bn_param { eps: 0.1 }", 2),
        ("bn_param { frozen: false }", 4),
        ("bn_param { momentum: 0.9 }", 4),
        ("bn_param { bn_mode: LEARN }", 2),
        ("param {} param {} param {} param {}", 4),
    ],
)
def test_fields_tell_the_forks_apart(text: str, count: int) -> None:
    assert len(one_graph("BN", text, [SHAPE]).params) == count


def test_averages_have_no_learning_rate() -> None:
    graph = one_graph("BN", "param { lr_mult: 3 } " + PSPNET % "", [SHAPE])
    assert [ref.lr_mult for ref in graph.params] == [3, 1, 0, 0]


def test_sync_bn_is_the_one_with_averages() -> None:
    graph = one_graph("SyncBN", "", [(2, 3, 4, 5)])
    assert [blob.shape for blob in graph.node("l").blobs.values()] == [(1, 3, 1, 1)] * 4
