"""Reverse by hand."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_values_and_gradient() -> None:
    x = torch.arange(6.0).reshape(3, 1, 2).requires_grad_()
    (y,) = run_layer("Reverse", "", x)
    assert y.tolist() == [[[4, 5]], [[2, 3]], [[0, 1]]]
    (y * torch.tensor([1.0, 2, 3]).reshape(3, 1, 1)).sum().backward()
    assert x.grad is not None
    assert x.grad.flatten().tolist() == [3, 3, 2, 2, 1, 1]


def test_the_last_axis() -> None:
    (y,) = run_layer("Reverse", "reverse_param { axis: 2 }", torch.arange(4.0).reshape(1, 2, 2))
    assert y.tolist() == [[[1, 0], [3, 2]]]


@pytest.mark.parametrize("axis", [-1, 3])
def test_axes_that_the_fork_refuses(axis: int) -> None:
    with pytest.raises(ShapeError, match="axis"):
        top_shapes("Reverse", f"reverse_param {{ axis: {axis} }}", [(3, 1, 2)])
