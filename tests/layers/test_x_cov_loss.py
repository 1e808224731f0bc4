"""XCovLoss against the covariances one by one."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def test_value() -> None:
    a = torch.tensor([[1.0, 2], [3, 5], [5, 2]])
    b = torch.tensor([[[1.0], [0]], [[0], [2]], [[5], [1]]])
    total = 0.0
    for i in range(2):
        for j in range(2):
            first, second = a[:, i] - a[:, i].mean(), b[:, j, 0] - b[:, j, 0].mean()
            total += float((first * second).sum() / 3) ** 2 / 2
    (loss,) = run_layer("XCovLoss", "", a, b)
    assert loss.item() == pytest.approx(total)


def test_gradient_by_the_published_formula() -> None:
    a = torch.randn(5, 2, generator=torch.Generator().manual_seed(0)).requires_grad_()
    b = torch.randn(5, 3, generator=torch.Generator().manual_seed(1)).requires_grad_()
    (loss,) = run_layer("XCovLoss", "", a, b)
    loss.backward()
    with torch.no_grad():
        first, second = a - a.mean(0), b - b.mean(0)
        covariance = first.T @ second / 5
    assert a.grad is not None
    assert b.grad is not None
    torch.testing.assert_close(a.grad, second @ covariance.T / 5)
    torch.testing.assert_close(b.grad, first @ covariance / 5)


def test_as_many_items_in_both() -> None:
    with pytest.raises(ShapeError, match="same first dimension"):
        top_shapes("XCovLoss", "", [(4, 3), (3, 3)])
