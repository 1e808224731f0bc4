"""TopK in both phases."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_net, run_net, top_shapes

TEXT = "topk_param { k: 2 a: 1.5 }"
X = torch.tensor([[1.0, -4.0, 3.0, 2.0], [-1.0, -2.0, -2.0, -9.0]])


def test_the_largest_values_stay() -> None:
    net = one_net("TopK", TEXT, [(2, 4)])
    assert run_net(net, X)[0].tolist() == [[0, 0, 3, 2], [-1, -2, 0, 0]]
    net.eval()
    assert run_net(net, X)[0].tolist() == [[1, 0, 3, 2], [-1, -2, -2, 0]]


def test_the_old_spelling() -> None:
    assert top_shapes("TOPK", TEXT, [(2, 4)]) == [(2, 4)]


def test_gradient() -> None:
    net = one_net("TopK", TEXT, [(2, 2, 3)])
    x = torch.randperm(12, dtype=torch.float64).view(2, 2, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: run_net(net, x)[0], (x,))


def test_too_many_are_refused() -> None:
    with pytest.raises(ShapeError, match="5 of 4 values"):
        top_shapes("TopK", "topk_param { k: 5 }", [(2, 4)])
    with pytest.raises(ShapeError, match="0 of 4 values"):
        top_shapes("TopK", "", [(2, 4)])
