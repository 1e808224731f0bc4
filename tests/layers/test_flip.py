"""Flip by hand."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


@pytest.mark.parametrize(
    ("param", "expected"),
    [
        ("", [[1, 0], [3, 2]]),
        ("flip_param { flip_height: true }", [[3, 2], [1, 0]]),
        ("flip_param { flip_width: false flip_height: true }", [[2, 3], [0, 1]]),
        ("flip_param { flip_width: false }", [[0, 1], [2, 3]]),
    ],
)
def test_values(param: str, expected: list[list[int]]) -> None:
    (y,) = run_layer("Flip", param, torch.arange(4.0).reshape(1, 1, 2, 2))
    assert y.tolist() == [[expected]]


def test_gradient_is_turned_back() -> None:
    x = torch.zeros(1, 1, 1, 3).requires_grad_()
    (y,) = run_layer("Flip", "", x)
    torch.autograd.backward((y * torch.tensor([1.0, 2, 3])).sum())
    assert x.grad is not None
    assert x.grad.flatten().tolist() == [3, 2, 1]


def test_images_alone() -> None:
    with pytest.raises(ShapeError, match="takes"):
        top_shapes("Flip", "", [(3, 2)])
