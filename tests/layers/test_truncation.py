"""Truncation against the loop of LearnableDilationNetwork, its gradient included."""

from __future__ import annotations

import torch

from tests.layers.one_layer import close, run_layer


def test_outside_only_a_gradient_that_leads_back_passes() -> None:
    values, weights = [-1.0, -1.0, 0.5, 2.0, 2.0], [1.0, -1.0, -1.0, 1.0, -1.0]
    x = torch.tensor(values, requires_grad=True)
    (y,) = run_layer("Truncation", "", x)
    (y * torch.tensor(weights)).sum().backward()
    close(y, [min(max(v, 0.0), 1.0) for v in values])
    loop = [
        max(w, 0.0) if v < 0 else min(w, 0.0) if v > 1 else w
        for v, w in zip(values, weights, strict=True)
    ]
    assert x.grad is not None
    close(x.grad, loop)


def test_the_bounds_of_caffe_windows() -> None:
    x = torch.tensor([-1.0, 3.0, 9.0])
    (y,) = run_layer("Truncation", "truncation_param { upper_bound: 4 }", x)
    close(y, [0.0, 3.0, 4.0])
