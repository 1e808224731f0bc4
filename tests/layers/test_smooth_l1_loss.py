"""SmoothL1Loss against values worked out by hand, and its gradient."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.layers.smooth_l1_loss import smooth_l1_loss
from tests.layers.one_layer import run_layer, top_shapes

PREDICTION = torch.tensor([[0.5, 2.0], [-3.0, 0.0]])
ZERO = torch.zeros(2, 2)


def test_quadratic_below_one_linear_above() -> None:
    (loss,) = run_layer("SmoothL1Loss", "", PREDICTION, ZERO)
    assert loss.item() == pytest.approx((0.125 + 1.5 + 2.5 + 0) / 2)


def test_sigma_moves_the_corner_to_its_inverse_square() -> None:
    (loss,) = run_layer("SmoothL1Loss", "smooth_l1_loss_param { sigma: 0.5 }", PREDICTION, ZERO)
    # the corner is at 4, so all are quadratic: 0.125 d^2
    assert loss.item() == pytest.approx(0.125 * (0.25 + 4 + 9) / 2)


def test_inside_weights_scale_the_difference_and_outside_weights_the_error() -> None:
    inside, outside = (
        torch.tensor([[2.0, 0.25], [0.0, 1.0]]),
        torch.tensor([[3.0, 2.0], [1.0, 1.0]]),
    )
    (loss,) = run_layer("SmoothL1Loss", "", PREDICTION, ZERO, inside, outside)
    assert loss.item() == pytest.approx((3 * 0.5 + 2 * 0.125) / 2)
    (early,) = run_layer("SmoothL1Loss", "", PREDICTION, ZERO, inside)
    assert early.item() == pytest.approx((0.5 + 0.125) / 2)


def test_normalization_none_does_not_divide() -> None:
    (loss,) = run_layer("SmoothL1Loss", "loss_param { normalization: NONE }", PREDICTION, ZERO)
    assert loss.item() == pytest.approx(4.125)


def test_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    a, b, inside, outside = (
        torch.randn(3, 4, 2, 1, dtype=torch.float64, generator=generator) for _ in range(4)
    )
    a.requires_grad_(), b.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda a, b: smooth_l1_loss(a, b, inside, outside, sigma=1.5, average=True), (a, b)
    )


def test_the_weights_get_no_gradient() -> None:
    inside = torch.ones(2, 2, requires_grad=True)
    (loss,) = run_layer("SmoothL1Loss", "", PREDICTION.clone().requires_grad_(), ZERO, inside)
    loss.backward()
    assert inside.grad is None


def test_bottoms_must_agree() -> None:
    assert top_shapes("SmoothL1Loss", "", [(2, 8), (2, 8, 1, 1)]) == [()]
    with pytest.raises(ShapeError, match="must have one shape"):
        top_shapes("SmoothL1Loss", "", [(2, 8), (2, 4)])
