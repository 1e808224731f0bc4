"""MultiLabelLoss against the loop of clothesDetection, its gradient included."""

from __future__ import annotations

import math

import pytest
import torch

from tests.layers.one_layer import close, run_layer

X = [[0.5, -1.0, 2.0], [-0.2, 0.1, -3.0]]
T = [[1.0, -1.0, 0.0], [0.0, 1.0, 1.0]]


@pytest.mark.parametrize("kind", ["MultiLabelLoss", "MultiSigmoidCrossEntropyLoss"])
def test_loss_and_gradient(kind: str) -> None:
    x = torch.tensor(X, requires_grad=True)
    (loss,) = run_layer(kind, "", x, torch.tensor(T))
    loss.backward()
    total, slopes = 0.0, [[0.0] * 3, [0.0] * 3]
    for i in range(2):
        for j in range(3):
            v, t = X[i][j], T[i][j]
            if t != 0:
                total -= v * ((t > 0) - (v >= 0)) - math.log(1 + math.exp(v - 2 * v * (v >= 0)))
                slopes[i][j] = (1 / (1 + math.exp(-v)) - (t > 0)) / 2
    close(loss, total / 2)
    assert x.grad is not None
    close(x.grad, slopes)
