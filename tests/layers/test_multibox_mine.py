"""Losses of SSD's confidences: values and gradients at places where torch has conventions."""

from __future__ import annotations

import torch

from caffe2torch.layers._multibox_mine import confidence_losses


def test_the_logistic_gradient_at_score_0_is_a_half_less_the_target() -> None:
    scores = torch.zeros(2, 3, requires_grad=True)
    losses = confidence_losses(scores, torch.tensor([1, -1]), 0, logistic=True)
    torch.testing.assert_close(losses, torch.full((2,), 3 * torch.log(torch.tensor(2.0)).item()))
    losses.sum().backward()
    assert scores.grad is not None
    assert scores.grad.tolist() == [[0.5, -0.5, 0.5], [0.5, 0.5, 0.5]]
