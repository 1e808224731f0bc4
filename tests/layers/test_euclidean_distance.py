"""EuclideanDistance against the loop of cbfinn's Caffe."""

from __future__ import annotations

import math

import torch

from tests.layers.one_layer import close, drawn, run_layer


def test_the_mean_distance_of_points() -> None:
    x, y = drawn(2, 7), drawn(2, 7, seed=1)
    (top,) = run_layer("EuclideanDistance", "", x, y)
    total = 0.0
    for i in range(2):
        for j in range(2):
            part = slice(3 * j, 3 * j + 3)
            total += math.sqrt(
                sum((a - b) ** 2 for a, b in zip(x[i, part], y[i, part], strict=True))
            )
    close(top, torch.full((1, 1, 1, 1), total / 4))
