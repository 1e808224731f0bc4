"""BatchReduction by hand."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from tests.layers.one_layer import run_layer, top_shapes

X = torch.arange(10.0).reshape(1, 5, 2)


def text(level: str, reduction: str) -> str:
    return f"batch_reduction_param {{ {level} reduction_param {{ axis: 1 {reduction} }} }}"


def test_the_whole_axis() -> None:
    assert run_layer("BatchReduction", text("", ""), X)[0].tolist() == [[20, 25]]
    (y,) = run_layer("BatchReduction", text("level: 1", "operation: MEAN"), X)
    assert y.tolist() == [[4, 5]]


def test_levels_are_stretches() -> None:
    (y,) = run_layer("BatchReduction", text("level: [1, 2]", "operation: MEAN"), X)
    assert y.tolist() == [[[0, 1], [5, 6]]]


def test_the_largest_and_their_gradient() -> None:
    x = torch.tensor([[[3.0], [1.0], [2.0]]], requires_grad=True)
    (y,) = run_layer("BatchReduction", text("", "operation: TOPK k: 2"), x)
    assert y.tolist() == [[2.5]]
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.flatten().tolist() == [0.5, 0, 0.5]


def test_what_it_refuses() -> None:
    shape = [(1, 5, 2)]
    with pytest.raises(ShapeError, match="do not fit axis 1"):
        top_shapes("BatchReduction", text("level: [1, 3]", ""), shape)
    with pytest.raises(ShapeError, match="k is 6"):
        top_shapes("BatchReduction", text("", "operation: TOPK k: 6"), shape)
    with pytest.raises(UnsupportedError, match="ASUM"):
        top_shapes("BatchReduction", text("", "operation: ASUM"), shape)
