"""FocalLoss against a loop, and its gradient by the published formula."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def loops(
    scores: torch.Tensor, labels: torch.Tensor, alpha: float, gamma: float, ignore: int | None
) -> tuple[float, torch.Tensor]:
    value, count, grad = 0.0, 0, torch.zeros_like(scores)
    p = scores.softmax(1)
    for n in range(scores.shape[0]):
        for j in range(scores.shape[2]):
            t = int(labels[n, j])
            if t == ignore:
                continue
            count += 1
            pt = float(p[n, t, j])
            value -= alpha * (1 - pt) ** gamma * math.log(pt)
            for c in range(scores.shape[1]):
                pc = float(p[n, c, j])
                own = (1 - pt) ** gamma * (gamma * pt * math.log(pt) + pt - 1)
                other = (1 - pt) ** (gamma - 1) * (-gamma * math.log(pt) * pt * pc)
                grad[n, c, j] = alpha * (own if c == t else other + (1 - pt) ** gamma * pc)
    return value / count, grad / count


@pytest.mark.parametrize(("alpha", "gamma"), [(0.25, 2.0), (1.0, 1.5), (0.5, 0.0)])
@pytest.mark.parametrize("ignore", [None, 1])
def test_value_and_gradient(alpha: float, gamma: float, ignore: int | None) -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(2, 3, 4, generator=generator).requires_grad_()
    labels = torch.randint(0, 3, (2, 4), generator=generator).float()
    value, grad = loops(scores.detach(), labels, alpha, gamma, ignore)
    text = f"focal_loss_param {{ alpha: {alpha} gamma: {gamma} }}"
    if ignore is not None:
        text += f" loss_param {{ ignore_label: {ignore} }}"
    (loss,) = run_layer("FocalLoss", text, scores, labels)
    assert loss.item() == pytest.approx(value, rel=1e-5)
    loss.backward()
    assert scores.grad is not None
    torch.testing.assert_close(scores.grad, grad, rtol=1e-4, atol=1e-6)


def test_normalization_and_axis() -> None:
    scores, labels = torch.zeros(2, 3, 4), torch.zeros(2, 3)
    text = "focal_loss_param { axis: 2 gamma: 0 alpha: 1 } loss_param { normalization: %s }"
    values = {
        mode: run_layer("FocalLoss", text % mode, scores, labels)[0].item()
        for mode in ("VALID", "BATCH_SIZE", "NONE")
    }
    one = math.log(4)
    # the items of BATCH_SIZE are all axes in front of the classes, as in the fork
    assert values == pytest.approx({"VALID": one, "BATCH_SIZE": one, "NONE": 6 * one})


def test_one_label_a_vector_of_scores() -> None:
    with pytest.raises(ShapeError, match="labels"):
        top_shapes("FocalLoss", "", [(4, 3), (4, 3)])
