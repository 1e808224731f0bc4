"""L1Loss by hand."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_value_and_gradients() -> None:
    a = torch.tensor([[1.0, -2.0, 3.0], [0.0, 0.5, 0.0]], requires_grad=True)
    b = torch.tensor([[0.0, 1.0, 3.0], [2.0, 0.0, 0.0]], requires_grad=True)
    (loss,) = run_layer("L1Loss", "", a, b)
    assert loss.item() == pytest.approx((1 + 3 + 0 + 2 + 0.5 + 0) / 2)
    loss.backward()
    assert a.grad is not None
    assert b.grad is not None
    assert a.grad.tolist() == [[0.5, -0.5, 0], [-0.5, 0.5, 0]]
    assert b.grad.tolist() == [[-0.5, 0.5, 0], [0.5, -0.5, 0]]


def test_items_must_be_of_one_size() -> None:
    assert top_shapes("L1Loss", "", [(2, 3, 4), (2, 12)]) == [()]
    with pytest.raises(ShapeError, match="differ in size"):
        top_shapes("L1Loss", "", [(2, 3), (2, 4)])
    with pytest.raises(ShapeError, match="same first dimension"):
        top_shapes("L1Loss", "", [(2, 3), (3, 3)])
