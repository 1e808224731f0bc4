"""AccuracyRegression by hand."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_value() -> None:
    x = torch.tensor([[1.0, 2.0], [0.0, -3.0]])
    targets = torch.tensor([[0.0, 4.0], [0.5, -3.0]])
    (accuracy,) = run_layer("AccuracyRegression", "", x, targets)
    assert accuracy.item() == pytest.approx((1 + 2 + 0.5 + 0) / 2 / 2)


def test_what_it_refuses() -> None:
    with pytest.raises(ShapeError, match="differ in size"):
        top_shapes("AccuracyRegression", "", [(2, 3), (2, 4)])
    with pytest.raises(ShapeError, match="top_k is 3"):
        top_shapes("AccuracyRegression", "accuracy_param { top_k: 3 }", [(2, 2), (2, 2)])
