"""Normalization against the loop of its fork, backward too."""

from __future__ import annotations

import numpy as np

from tests.layers.one_layer import close, drawn, run_layer


def test_items_have_length_one_and_the_forks_gradient() -> None:
    x, grad = drawn(3, 2, 2, 2).requires_grad_(), drawn(3, 2, 2, 2, seed=1)
    (top,) = run_layer("Normalization", "", x)
    top.backward(grad)
    values, below = x.detach().double().numpy(), grad.double().numpy()
    wanted, back = np.empty_like(values), np.empty_like(values)
    for n in range(3):
        length = np.sqrt((values[n] ** 2).sum())
        wanted[n] = values[n] / length
        back[n] = (below[n] - wanted[n] * (wanted[n] * below[n]).sum()) / length
    close(top, wanted)
    close(x.grad, back)  # type: ignore[arg-type]
