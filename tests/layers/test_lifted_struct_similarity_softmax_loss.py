"""LiftedStructSimilaritySoftmaxLoss against the loops of Song's caffe, backward too."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, run_layer

TYPE = "LiftedStructSimilaritySoftmaxLoss"
TEXT = "lifted_struct_sim_softmax_loss_param { margin: 1.5 }"


def loops(x: np.ndarray, labels: list[int], margin: float) -> tuple[float, np.ndarray]:
    """The loss and its gradient, pair by pair, as the fork's Forward_cpu adds them up."""
    n, loss, pairs, grad = len(x), 0.0, 0, np.zeros_like(x)
    distance = np.array([[np.sqrt(((a - b) ** 2).sum()) for b in x] for a in x])
    for i in range(n):
        for j in range(i + 1, n):
            if labels[i] != labels[j]:
                continue
            others = [(a, k) for a in (i, j) for k in range(n) if labels[a] != labels[k]]
            scores = np.exp([margin - distance[a, k] for a, k in others])
            this = max(0.0, np.log(scores.sum()) + distance[i, j])
            loss, pairs = loss + this * this, pairs + 1
            step = 2 * this * (x[i] - x[j]) / distance[i, j]
            grad[i] += step
            grad[j] -= step
            for (a, k), score in zip(others, scores, strict=True):
                step = -2 * this * score / scores.sum() * (x[a] - x[k]) / distance[a, k]
                grad[a] += step
                grad[k] -= step
    return loss / pairs / 2, grad / pairs / 2


def test_value_and_gradient_are_those_of_the_loops() -> None:
    x, labels = drawn(6, 3).requires_grad_(), [0, 1, 0, 2, 1, 0]
    (loss,) = run_layer(TYPE, TEXT, x, torch.tensor(labels).float())
    value, gradient = loops(x.detach().double().numpy(), labels, 1.5)
    close(loss, value)
    loss.backward()
    close(x.grad, gradient)  # type: ignore[arg-type]


def test_no_pairs_no_others_and_equal_rows_are_finite() -> None:
    x = drawn(3, 2)
    for labels in ([0.0, 1.0, 2.0], [1.0, 1.0, 1.0]):
        (loss,) = run_layer(TYPE, "", x, torch.tensor(labels))
        assert loss.item() == 0
    x = torch.stack([x[0], x[0], x[1]]).requires_grad_()
    (loss,) = run_layer(TYPE, "", x, torch.tensor([0.0, 0.0, 1.0]))
    loss.backward()
    assert x.grad is not None and x.grad.isfinite().all()


def test_several_labels_an_item_are_refused() -> None:
    with pytest.raises(ShapeError, match="one number an item"):
        run_layer(TYPE, "", drawn(3, 2), drawn(3, 2))
