"""KLDivLoss against the loop of DSCLRCN, with the gradient that it gives."""

from __future__ import annotations

import math

import numpy as np
import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, run_layer

EPS = 1e-6


def test_value_and_gradient_are_those_of_the_loop() -> None:
    x = drawn(2, 1, 3, 4).abs().add(0.1).requires_grad_()
    truth = drawn(2, 1, 3, 4, seed=1).abs()
    total, wanted = 0.0, np.empty((2, 1, 3, 4))
    for n in range(2):
        p, q = (t[n].detach().double().numpy() for t in (x, truth))
        for i in np.ndindex(1, 3, 4):
            share = q[i] / (q.sum() + EPS)
            total += share * math.log(share / (p[i] / (p.sum() + EPS) + EPS) + EPS)
            wanted[n][i] = -share * (p.sum() - p[i]) / (p.sum() * p[i] + EPS) / 2
    (loss,) = run_layer("KLDivLoss", "", x, truth)
    close(loss, total / 2)
    loss.backward()
    close(x.grad, wanted)  # type: ignore[arg-type]


def test_maps_of_two_sizes_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"both are to be \(N, 1, H, W\)"):
        run_layer("KLDivLoss", "", drawn(2, 1, 2, 2), drawn(2, 1, 3, 2))
