"""BatchNorm: whose layer the fields mean, and what each fork computes and keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module import build
from caffe2torch.module.blobs import export_blobs
from tests.layers.one_layer import one_graph, one_net, run_net

SHAPE = (4, 3, 2, 5)


def normal(x: torch.Tensor, eps: float = 1e-5) -> torch.Tensor:
    mean = x.mean((0, 2, 3), keepdim=True)
    variance = ((x - mean) ** 2).mean((0, 2, 3), keepdim=True)
    return (x - mean) / (variance + eps).sqrt()


def blobs(net: Any) -> list[np.ndarray]:
    return export_blobs(net)["l"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 3),
        ("use_global_stats: false", 3),
        ("engine: MKL2017", 3),
        ("scale_bias: false", 3),
        ("scale_bias: true", 5),
        ("scale_filler { value: 2 }", 5),
        ("bias_filler { value: 2 }", 5),
        ("use_weight_bias: true", 5),
        ("use_weight_bias: true bias_term: false", 4),
        ("use_weight_bias: false", 3),
        ("filler { value: 3 }", 5),
    ],
)
def test_forks_are_told_apart_by_their_fields(text: str, count: int) -> None:
    net = one_net("BatchNorm", f"batch_norm_param {{ {text} }}", [SHAPE])
    assert len(blobs(net)) == count
    assert len(net.state_dict()) == count


def test_statistics_have_no_learning_rate_and_scale_has() -> None:
    graph = one_graph("BatchNorm", "batch_norm_param { use_weight_bias: true }", [SHAPE])
    assert [ref.lr_mult for ref in graph.params] == [0, 0, 0, 1, 1]
    nvidia = one_graph(
        "BatchNorm", "param { lr_mult: 7 } batch_norm_param { scale_bias: true }", [SHAPE]
    )
    assert [ref.lr_mult for ref in nvidia.params] == [0, 0, 0, 1, 1]
    with pytest.raises(ShapeError) as caught:
        one_graph("BatchNorm", "param { lr_mult: 1 }", [SHAPE])
    assert caught.value.field == "param.lr_mult"


def test_train_adds_to_the_sums_and_test_divides_them() -> None:
    text = "batch_norm_param { moving_average_fraction: 0.5 }"
    train = one_net("BatchNorm", text, [SHAPE])
    first, second = torch.randn(SHAPE), 2 + torch.randn(SHAPE)
    for x in (first, second):
        torch.testing.assert_close(run_net(train, x)[0], normal(x))
    mean, variance, factor = map(torch.from_numpy, blobs(train))
    assert factor.item() == 1.5
    torch.testing.assert_close(mean, 0.5 * first.mean((0, 2, 3)) + second.mean((0, 2, 3)))
    torch.testing.assert_close(
        variance, 0.5 * first.var((0, 2, 3)) + second.var((0, 2, 3)), rtol=1e-4, atol=1e-5
    )
    test = build.build(one_graph("BatchNorm", text, [SHAPE], phase="TEST"), share_with=train)
    shape = (1, 3, 1, 1)
    wanted = (first - (mean / 1.5).view(shape)) / (variance / 1.5 + 1e-5).sqrt().view(shape)
    torch.testing.assert_close(run_net(test, first)[0], wanted)


def test_an_untrained_net_divides_by_the_root_of_eps() -> None:
    net = one_net("BatchNorm", "", [SHAPE], phase="TEST")
    x = torch.randn(SHAPE)
    torch.testing.assert_close(run_net(net, x)[0], x / 1e-5**0.5)


def test_one_value_a_channel() -> None:
    net = one_net("BatchNorm", "batch_norm_param { use_weight_bias: true }", [(1, 3)])
    x = torch.randn(1, 3, requires_grad=True)
    (y,) = run_net(net, x)
    y.sum().backward()
    assert not y.any()
    assert x.grad is not None
    assert not x.grad.any()
    mean, variance, factor, *_ = blobs(net)
    np.testing.assert_array_equal(mean, x.detach()[0])
    assert not variance.any()
    assert factor.tolist() == [1]


def test_nvidia_keeps_moving_averages() -> None:
    text = "batch_norm_param { scale_filler { value: 3 } moving_average_fraction: 0.75 eps: 1e-9 }"
    net = one_net("BatchNorm", text, [SHAPE])
    first, second = torch.randn(SHAPE), 2 + torch.randn(SHAPE)
    torch.testing.assert_close(run_net(net, first)[0], 3 * normal(first), rtol=1e-4, atol=1e-5)
    mean, variance, factor, weight, bias = map(torch.from_numpy, blobs(net))
    torch.testing.assert_close(mean, first.mean((0, 2, 3)))
    torch.testing.assert_close(variance, first.var((0, 2, 3)))
    run_net(net, second)
    mean, variance, factor, weight, bias = map(torch.from_numpy, blobs(net))
    torch.testing.assert_close(mean, 0.75 * first.mean((0, 2, 3)) + 0.25 * second.mean((0, 2, 3)))
    assert (factor.tolist(), weight.tolist(), bias.tolist()) == ([1], [3, 3, 3], [0, 0, 0])


def test_nvidias_eps_has_a_floor() -> None:
    net: Any = one_net("BatchNorm", "batch_norm_param { scale_bias: true eps: 1e-9 }", [SHAPE])
    assert net.l.eps == pytest.approx(1e-5)


def test_intel_takes_statistics_over_parts_of_the_batch() -> None:
    text = "use_weight_bias: true stats_batch_size: 2 relu: true moving_average_fraction: 0.5"
    net = one_net("BatchNorm", f"batch_norm_param {{ {text} }}", [SHAPE])
    x = torch.randn(SHAPE)
    (y,) = run_net(net, x)
    torch.testing.assert_close(y, torch.cat([normal(x[:2]), normal(x[2:])]).clamp(min=0))
    mean, _, factor, *_ = map(torch.from_numpy, blobs(net))
    assert factor.item() == 1.5
    torch.testing.assert_close(mean, 0.5 * x[:2].mean((0, 2, 3)) + x[2:].mean((0, 2, 3)))
    with pytest.raises(ShapeError) as caught:
        one_net("BatchNorm", "batch_norm_param { stats_batch_size: 3 }", [SHAPE])
    assert caught.value.field == "batch_norm_param.stats_batch_size"


def test_use_global_stats_overrides_the_phase() -> None:
    x = torch.randn(SHAPE)
    stored = one_net("BatchNorm", "batch_norm_param { use_global_stats: true }", [SHAPE])
    torch.testing.assert_close(run_net(stored, x)[0], x / 1e-5**0.5)
    batch = one_net(
        "BatchNorm", "batch_norm_param { use_global_stats: false }", [SHAPE], phase="TEST"
    )
    torch.testing.assert_close(run_net(batch, x)[0], normal(x))
    assert blobs(batch)[2].tolist() == [1]


def test_a_channel_axis_is_needed() -> None:
    with pytest.raises(ShapeError, match="channel axis"):
        one_net("BatchNorm", "", [(4,)])


def test_an_eps_of_zero_trains() -> None:
    net = one_net("BatchNorm", "batch_norm_param { eps: 0 }", [SHAPE])
    x = torch.randn(SHAPE)
    torch.testing.assert_close(run_net(net, x)[0], normal(x, eps=0))


@pytest.mark.parametrize("text", ["", "scale_bias: true use_global_stats: false"])
def test_a_phase_of_its_own_wins_over_the_nets(text: str) -> None:
    net = one_net("BatchNorm", f"phase: TEST batch_norm_param {{ {text} }}", [SHAPE])
    x = torch.randn(SHAPE)
    torch.testing.assert_close(run_net(net, x)[0], x / 1e-5**0.5)
