"""SmoothL1LossOHEM: the value is weighted, the gradient is not."""

from __future__ import annotations

import pytest
import torch

from tests.layers.one_layer import run_layer, top_shapes

PREDICTION = torch.tensor([[0.5, 2.0], [-3.0, 0.0], [1.0, 0.5]])
ZERO = torch.zeros(3, 2)


@pytest.mark.parametrize(
    ("text", "divisor"),
    [
        ("", 3),
        ("loss_param { normalization: BATCH_SIZE }", 3),
        ("loss_param { normalize: false }", 3),
        ("loss_param { normalization: NONE }", 1),
        ("loss_param { normalization: PRE_FIXED pre_fixed_normalizer: 128 }", 128),
        ("loss_param { normalization: PRE_FIXED pre_fixed_normalizer: 0.5 }", 1),
    ],
)
def test_normalization(text: str, divisor: float) -> None:
    (loss,) = run_layer("SmoothL1LossOHEM", text, PREDICTION, ZERO)
    assert loss.item() == pytest.approx((0.125 + 1.5 + 2.5 + 0.5 + 0.125) / divisor)


def test_full_counts_every_place() -> None:
    x = torch.full((2, 3, 4, 5), 2.0)
    (loss,) = run_layer("SmoothL1LossOHEM", "loss_param { normalization: FULL }", x, 0 * x)
    assert loss.item() == pytest.approx(1.5 * 3)


def test_every_region_has_its_loss() -> None:
    text = "loss_weight: 1 loss_weight: 0"
    weights = torch.tensor([[1.0, 1.0], [0.0, 1.0], [2.0, 2.0]])
    _, every = run_layer("SmoothL1LossOHEM", text, PREDICTION, ZERO, weights, tops=2)
    assert every.shape == (3, 1, 1, 1)
    assert every.flatten().tolist() == pytest.approx([1.625, 0, 2.0])


def test_the_gradient_leaves_the_weights_out() -> None:
    x = torch.tensor([[0.5, 2.0, -0.5, 0.5]], requires_grad=True)
    weights = torch.tensor([[1.0, 1.0, 0.0, 4.0]])
    (loss,) = run_layer("SmoothL1LossOHEM", "", x, torch.zeros(1, 4), weights)
    loss.backward()
    assert x.grad is not None
    # f'(w d): 0.5, 1, 0, and 1 for 4 * 0.5 = 2, not multiplied by w once more
    assert x.grad.flatten().tolist() == pytest.approx([0.5, 1, 0, 1])


def test_shapes() -> None:
    two = "loss_weight: 1 loss_weight: 0"
    assert top_shapes("SmoothL1LossOHEM", two, [(4, 8, 2, 3)] * 2, 2) == [(), (4, 1, 2, 3)]
