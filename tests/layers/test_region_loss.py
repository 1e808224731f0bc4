"""RegionLoss against loops over cells, anchors and objects."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from tests.layers.one_layer import run_layer, top_shapes
from tests.layers.test_boxes import jaccard

SIDE, CLASSES, ANCHORS = 3, 2, 2
BIASES = [0.8, 1.2, 2.0, 1.5]
TEXT = (
    f"region_loss_param {{ side: {SIDE} num_class: {CLASSES} biases: {BIASES} "
    "object_scale: 5 noobject_scale: 0.7 class_scale: 1.5 coord_scale: 3 thresh: 0.3 %s }"
)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def corners(x: float, y: float, w: float, h: float) -> list[float]:
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2]


def errors(x: np.ndarray, truth: np.ndarray, by_anchor: bool) -> np.ndarray:
    """The array that the layer calls its difference, same layout as x."""
    out = np.zeros_like(x)
    view = x.reshape(len(x), ANCHORS, 5 + CLASSES, SIDE, SIDE)
    diff = out.reshape(view.shape)
    for n in range(len(x)):
        objects = [row for row in truth if row[0] == n]

        def box(a: int, j: int, i: int, n: int = n) -> list[float]:
            c = view[n, a, :, j, i]
            return corners(
                (i + sigmoid(c[0])) / SIDE,
                (j + sigmoid(c[1])) / SIDE,
                math.exp(c[2]) * BIASES[2 * a] / SIDE,
                math.exp(c[3]) * BIASES[2 * a + 1] / SIDE,
            )

        for a, j, i in np.ndindex(ANCHORS, SIDE, SIDE):
            p = sigmoid(view[n, a, 4, j, i])
            near = any(jaccard(box(a, j, i), row[3:7].tolist()) > 0.3 for row in objects)
            diff[n, a, 4, j, i] = 0 if near else 0.7 * p * p * (1 - p)
        for row in objects:
            cx, cy = (row[3] + row[5]) / 2 * SIDE, (row[4] + row[6]) / 2 * SIDE
            w, h = row[5] - row[3], row[6] - row[4]
            i, j = int(cx), int(cy)
            fits = []
            for a in range(ANCHORS):
                b = box(a, j, i)
                size = (b[2] - b[0], b[3] - b[1])
                if by_anchor:
                    size = (BIASES[2 * a] / SIDE, BIASES[2 * a + 1] / SIDE)
                fits.append(jaccard(corners(0, 0, w, h), corners(0, 0, *size)))
            a = fits.index(max(fits))
            c, d = view[n, a, :, j, i], diff[n, a, :, j, i]
            for k, target in ((0, cx - i), (1, cy - j)):
                s = sigmoid(c[k])
                d[k] = -3 * min(max(target - s, -1), 1) * s * (1 - s)
            for k, target in ((2, w), (3, h)):
                miss = math.log(target * SIDE / BIASES[2 * a + k - 2]) - c[k]
                d[k] = -3 * min(max(miss, -1), 1)
            p = sigmoid(c[4])
            d[4] = -5 * 2 * (1 - p) ** 3 * p * (1 - p)
            soft = np.exp(c[5:]) / np.exp(c[5:]).sum()
            d[5:] = 1.5 * (soft - np.eye(CLASSES)[int(row[1]) - 1])
    return out


TRUTH = np.array(
    [
        [0, 1, 0, 0.1, 0.1, 0.5, 0.6, 0],
        [0, 2, 0, 0.5, 0.5, 0.9, 0.95, 0],
        [1, 2, 0, 0.0, 0.3, 0.99, 0.5, 0],
        [-1, 2, 0, 0.0, 0.3, 0.9, 0.5, 0],
    ]
)


@pytest.mark.parametrize("by_anchor", [True, False])
def test_value_and_gradient_equal_the_loops(by_anchor: bool) -> None:
    x = np.random.default_rng(2).standard_normal((2, ANCHORS * (5 + CLASSES), SIDE, SIDE))
    wanted = errors(x, TRUTH, by_anchor)
    bottom = torch.tensor(x, requires_grad=True)
    text = TEXT % f"num: 2 bias_match: {int(by_anchor)}"
    (loss,) = run_layer("RegionLoss", text, bottom, torch.tensor(TRUTH)[None, None])
    assert loss.item() == pytest.approx((wanted**2).sum())
    (gradient,) = torch.autograd.grad(loss, bottom)
    np.testing.assert_allclose(gradient.numpy(), wanted / 2, atol=1e-9)


def test_without_objects_only_objectness_counts() -> None:
    (loss,) = run_layer(
        "RegionLoss", TEXT % "num: 2", torch.zeros(1, 14, 3, 3), torch.full((1, 1, 1, 8), -1.0)
    )
    assert loss.item() == pytest.approx(18 * (0.7 * 0.125) ** 2)


@pytest.mark.parametrize(
    ("bottoms", "fields", "error", "message"),
    [
        ([(1, 15, 3, 3), (1, 1, 2, 8)], "num: 2", ShapeError, r"not \(N, 14, H, W\)"),
        ([(1, 14, 4, 3), (1, 1, 2, 8)], "num: 2", ShapeError, "a square of cells"),
        ([(1, 14, 3, 3), (1, 150)], "num: 2", ShapeError, "8 columns"),
        ([(1, 21, 3, 3), (1, 1, 2, 8)], "num: 3", ShapeError, "4 biases for 3 anchors"),
        ([(1, 14, 3, 3), (1, 1, 2, 8)], 'num: 2 class_map: "m"', UnsupportedError, "class_map"),
    ],
)
def test_bad_input_is_refused(
    bottoms: list[tuple[int, ...]], fields: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        top_shapes("RegionLoss", TEXT % fields, bottoms)
