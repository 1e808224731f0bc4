"""BroadcastMul: values, gradient and refusals."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_net, run_layer, run_net, top_shapes


@pytest.mark.parametrize("scale_shape", [(2, 3), (2, 3, 1, 1), (6,)])
def test_each_channel_is_scaled_whatever_the_order(scale_shape: tuple[int, ...]) -> None:
    x, scale = torch.ones(2, 3, 4, 5), torch.arange(6.0).view(scale_shape)
    for bottoms in ((x, scale), (scale, x)):
        (top,) = run_layer("BroadcastMul", "", *bottoms)
        assert top.shape == x.shape
        assert top[:, :, 1, 2].flatten().tolist() == [0, 1, 2, 3, 4, 5]


def test_gradient() -> None:
    net = one_net("BroadcastMul", "", [(2, 3, 2, 2), (2, 3)])
    x = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    scale = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a, b: run_net(net, a, b)[0], (x, scale))


def test_a_scale_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="does not hold one number"):
        top_shapes("BroadcastMul", "", [(2, 3, 4, 5), (2, 4)])
