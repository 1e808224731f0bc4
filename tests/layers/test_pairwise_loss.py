"""PairwiseLoss against loops over all pairs."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes

LABELS = torch.tensor([[1.0, 0], [1, 1], [0, 1], [0, 0]])


def loops(codes: torch.Tensor, threshold: float) -> tuple[float, torch.Tensor]:
    """The value, and the gradient that the fork computes, which does not know the threshold."""
    value, grad = 0.0, torch.zeros_like(codes)
    n = len(codes)
    for i in range(n):
        for j in range(n):
            p = float(codes[i] @ codes[j])
            same = float(LABELS[i] @ LABELS[j] > 0)
            far = threshold >= 0 and p >= threshold
            value += p * (1 - same) if far else math.log(1 + math.exp(p)) - same * p
            grad[i] += 2 * (1 / (1 + math.exp(-p)) - same) * codes[j]
    return value / n**2, grad / n**2


@pytest.mark.parametrize("threshold", [-1.0, 0.5])
def test_value_and_gradient(threshold: float) -> None:
    codes = torch.randn(4, 3, generator=torch.Generator().manual_seed(2)).requires_grad_()
    value, grad = loops(codes.detach(), threshold)
    text = f"pairwise_param {{ threshold: {threshold} }}"
    (loss,) = run_layer("PairwiseLoss", text, codes, LABELS)
    assert loss.item() == pytest.approx(value, rel=1e-5)
    (3 * loss).backward()
    assert codes.grad is not None
    torch.testing.assert_close(codes.grad, 3 * grad)


def test_large_products_do_not_overflow() -> None:
    codes = torch.full((4, 3), 50.0)
    (loss,) = run_layer("PairwiseLoss", "", codes, LABELS)
    assert loss.item() == pytest.approx(7500 * 9 / 16)


def test_as_many_labels_as_codes() -> None:
    with pytest.raises(ShapeError, match="same first dimension"):
        top_shapes("PairwiseLoss", "", [(4, 3), (3, 2)])
