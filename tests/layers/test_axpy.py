"""Axpy: a · x + y with one a a channel."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1, 1)])
def test_scales_each_channel_and_adds(shape: tuple[int, ...]) -> None:
    a = torch.tensor([1.0, 2, 3, 4, 5, 6]).view(shape).requires_grad_()
    x = torch.randn(2, 3, 4, 5, requires_grad=True)
    y = torch.randn(2, 3, 4, 5, requires_grad=True)
    (top,) = run_layer("Axpy", "", a, x, y)
    torch.testing.assert_close(top, a.view(2, 3, 1, 1) * x + y)
    top.sum().backward()
    torch.testing.assert_close(a.grad, x.detach().sum((2, 3)).view(shape))
    torch.testing.assert_close(x.grad, a.detach().view(2, 3, 1, 1).expand(2, 3, 4, 5))


@pytest.mark.parametrize(
    "bottoms",
    [
        [(2, 3, 2, 1), (2, 3, 4, 5), (2, 3, 4, 5)],
        [(2, 4, 1, 1), (2, 3, 4, 5), (2, 3, 4, 5)],
        [(2, 3, 1, 1), (2, 3, 4, 5), (2, 3, 5, 4)],
        [(2,), (2, 3), (2, 3)],
    ],
)
def test_refusals(bottoms: list[tuple[int, ...]]) -> None:
    with pytest.raises(ShapeError, match="got bottoms"):
        top_shapes("Axpy", "", bottoms)
