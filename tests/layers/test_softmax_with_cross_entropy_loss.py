"""SoftmaxWithCrossEntropyLoss against the loop of its fork, its gradient included."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.layers.one_layer import close, drawn, run_layer


@pytest.mark.parametrize(("text", "divisor"), [("", 6), ("normalization: BATCH_SIZE", 2)])
def test_loss_and_gradient(text: str, divisor: int) -> None:
    x, y = drawn(2, 4, 3).requires_grad_(), drawn(2, 4, 3, seed=1)
    param = f"loss_param {{ {text} }} loss_weight: 1 loss_weight: 0"
    loss, top = run_layer("SoftmaxWithCrossEntropyLoss", param, x, y, tops=2)
    loss.backward()
    data, targets = (t.detach().numpy().astype(np.float64) for t in (x, y))
    p, t, total = np.zeros((2, 4, 3)), np.zeros((2, 4, 3)), 0.0
    for n in range(2):
        for s in range(3):
            for source, result in ((data, p), (targets, t)):
                powers = np.exp(source[n, :, s] - source[n, :, s].max())
                result[n, :, s] = powers / powers.sum()
            for c in range(4):
                total += t[n, c, s] * (math.log(t[n, c, s]) - math.log(p[n, c, s]))
    close(loss, total / divisor)
    close(top, p)
    assert x.grad is not None
    close(x.grad, (p - t) / divisor)
