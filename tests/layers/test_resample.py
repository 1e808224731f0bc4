"""Resample against the loop of the fork's kernel."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.layers.one_layer import run_layer


def weight(kind, x):
    if kind == "LINEAR":
        return max(0.0, 1 - abs(x))
    x = abs(x)
    if x <= 1:
        return x * x * (1.5 * x - 2.5) + 1
    return x * (x * (-0.5 * x + 2.5) - 4) + 2 if x < 2 else 0.0


@pytest.mark.parametrize("kind", ["LINEAR", "CUBIC"])
@pytest.mark.parametrize("size", [(3, 4), (10, 12)])
def test_values(kind: str, size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).standard_normal((6, 8)).astype(np.float32)
    text = f"resample_param {{ height: {size[0]} width: {size[1]} type: {kind} }}"
    (y,) = run_layer("Resample", text, torch.tensor(image)[None, None], phase="TEST")
    fy, fx = 6 / size[0], 8 / size[1]
    ay, ax = (1 / f if f > 1 else 1.0 for f in (fy, fx))
    for row in range(size[0]):
        for column in range(size[1]):
            py, px = row * fy + fx / 2 - 0.5, column * fx + fy / 2 - 0.5
            total = whole = 0.0
            for i in range(6):
                for j in range(8):
                    w = weight(kind, ay * (py - i)) * weight(kind, ax * (px - j))
                    total, whole = total + w * image[i, j], whole + w
            assert float(y[0, 0, row, column]) == pytest.approx(total / whole, rel=1e-3, abs=1e-4)


def test_nearest() -> None:
    x = torch.arange(4.0).reshape(1, 1, 2, 2)
    text = "resample_param { height: 4 width: 4 type: NEAREST }"
    (y,) = run_layer("Resample", text, x, phase="TEST")
    assert y[0, 0, 1].tolist() == [0, 0, 1, 1] and y[0, 0, :, 1].tolist() == [0, 0, 2, 2]
