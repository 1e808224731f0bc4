"""DecodeBBox against the fork's formula."""

from __future__ import annotations

import math

import numpy as np
import torch

from tests.layers.one_layer import run_layer

REG = """bbox_reg_param { bbox_mean: 0 bbox_mean: 0 bbox_mean: 0 bbox_mean: 0
bbox_std: 0.1 bbox_std: 0.1 bbox_std: 0.2 bbox_std: 0.2 }"""


def decoded(region: list[float], d: list[float]) -> list[float]:
    left, top, right, bottom = region[1:]
    w, h = right - left + 1, bottom - top + 1
    cx, cy = (left + right) / 2 + d[0] * 0.1 * w, (top + bottom) / 2 + d[1] * 0.1 * h
    w, h = w * math.exp(d[2] * 0.2), h * math.exp(d[3] * 0.2)
    x, y = cx - (w - 1) / 2, cy - (h - 1) / 2
    return [region[0], x, y, x + w - 1, y + h - 1]


def test_boxes_move_and_true_ones_are_left_out_in_train() -> None:
    offsets = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    regions = torch.tensor([[0.0, 4, 6, 20, 30], [1, 8, 8, 15, 9], [0, 1, 2, 30, 40]])
    wanted = [decoded(r, d[4:]) for r, d in zip(regions.tolist(), offsets.tolist(), strict=True)]
    (y,) = run_layer("DecodeBBox", REG, offsets, regions, phase="TEST")
    np.testing.assert_allclose(y, wanted, rtol=1e-4, atol=1e-4)
    truth = torch.tensor([[0.0] * 5 + [v] for v in (0.5, 0.96, 0.1)])
    (y,) = run_layer("DecodeBBox", REG, offsets, regions, truth, phase="TRAIN")
    np.testing.assert_allclose(y, [wanted[0], wanted[2]], rtol=1e-4, atol=1e-4)
