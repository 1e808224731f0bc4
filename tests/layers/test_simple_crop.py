"""SimpleCrop keeps the top left part."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_net, run_net, top_shapes


def test_the_top_left_part_stays() -> None:
    net = one_net("SimpleCrop", "", [(1, 1, 3, 4), (1, 2, 2, 2)])
    x = torch.arange(12.0).view(1, 1, 3, 4).requires_grad_()
    (top,) = run_net(net, x, torch.zeros(1, 2, 2, 2))
    assert top.flatten().tolist() == [0, 1, 4, 5]
    top.sum().backward()
    assert x.grad is not None
    assert x.grad.sum() == 4
    (top,) = run_net(net, x, torch.zeros(1, 2, 3, 1))
    assert top.flatten().tolist() == [0, 4, 8]


def test_a_larger_second_bottom_is_refused() -> None:
    with pytest.raises(ShapeError, match="cannot be cropped"):
        top_shapes("SimpleCrop", "", [(1, 1, 3, 4), (1, 1, 4, 2)])
