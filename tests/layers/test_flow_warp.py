"""FlowWarp against a loop."""

from __future__ import annotations

import numpy as np
import torch

from tests.layers.one_layer import run_layer


def test_values_between_four_neighbours_and_zero_outside() -> None:
    rng = np.random.default_rng(0)
    image = rng.standard_normal((1, 2, 4, 5)).astype(np.float32)
    flow = (rng.random((1, 2, 4, 5)).astype(np.float32) - 0.5) * 4
    (y,) = run_layer("FlowWarp", "", torch.tensor(image), torch.tensor(flow))
    for row in range(4):
        for column in range(5):
            px, py = column + flow[0, 0, row, column], row + flow[0, 1, row, column]
            wanted = np.zeros(2)
            if 0 <= px < 5 and 0 <= py < 4:
                left, top = int(px), int(py)
                right, below = min(left + 1, 4), min(top + 1, 3)
                a, b = px - left, py - top
                upper = (1 - a) * image[0, :, top, left] + a * image[0, :, top, right]
                lower = (1 - a) * image[0, :, below, left] + a * image[0, :, below, right]
                wanted = (1 - b) * upper + b * lower
            np.testing.assert_allclose(y[0, :, row, column], wanted, rtol=1e-4, atol=1e-5)
