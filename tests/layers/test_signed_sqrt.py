"""SignedSqrt against the loop of Hierarchical-Bilinear-Pooling, its gradient included."""

from __future__ import annotations

import math

import numpy as np
import torch

from tests.layers.one_layer import close, run_layer


def test_roots_and_their_bounded_gradient() -> None:
    x = torch.tensor([-4.0, -1e-6, 0.0, 0.25, 9.0], requires_grad=True)
    (y,) = run_layer("SignedSqrt", "", x)
    y.sum().backward()
    roots = [math.copysign(math.sqrt(abs(v)), v) for v in x.tolist()]
    close(y, roots)
    assert x.grad is not None
    close(x.grad, [0.5 / (abs(root) + 0.03) for root in roots])
    assert np.isfinite(x.grad.numpy()).all()
