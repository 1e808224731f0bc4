"""MultiLabelSoftmaxWithLoss against the loop of QaDWH, its gradient included."""

from __future__ import annotations

import math

import torch

from tests.layers.one_layer import close, run_layer

X = [[0.5, -1.0, 2.0], [-0.2, 0.1, -3.0]]
LABELS = [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]


def test_loss_and_gradient() -> None:
    x = torch.tensor(X, requires_grad=True)
    loss, sigmoids = run_layer(
        "MultiLabelSoftmaxWithLoss",
        "loss_weight: 1 loss_weight: 0",
        x,
        torch.tensor(LABELS),
        tops=2,
    )
    loss.backward()
    prob = [[1 / (1 + math.exp(-v)) for v in row] for row in X]
    total = sum(-math.log(prob[i][j]) for i in range(2) for j in range(3) if LABELS[i][j] > 0)
    close(loss, total / 2)
    close(sigmoids, prob)
    assert x.grad is not None
    close(x.grad, [[(prob[i][j] - LABELS[i][j]) / 2 for j in range(3)] for i in range(2)])
