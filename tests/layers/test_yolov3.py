"""Yolov3 against a loop over images, boxes and objects."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes

SIDE, CLASSES, SCALE = 3, 2, 8
BIASES = [8, 8, 8, 24, 20, 10]
MASK = [2, 0]
TEXT = f"""
yolov3_param {{ num_class: 2 num: 2 biases: {BIASES} mask: {MASK} anchors_scale: 8 thresh: 0.3
  object_scale: 3 class_scale: 2 coord_scale: 1.5 use_logic_gradient: %s }}
"""


def shared(a: list[float], b: list[float]) -> float:
    size = [
        min(a[i] + a[i + 2] / 2, b[i] + b[i + 2] / 2)
        - max(a[i] - a[i + 2] / 2, b[i] - b[i + 2] / 2)
        for i in (0, 1)
    ]
    if min(size) < 0:
        return 0.0
    both = size[0] * size[1]
    return both / (a[2] * a[3] + b[2] * b[3] - both)


class Loops:
    """The value and its gradient as the fork computes them."""

    def __init__(self, x: torch.Tensor, objects: list[list[list[float]]], slopes: bool) -> None:
        self.x = x.reshape(len(x), len(MASK), 5 + CLASSES, SIDE, SIDE)
        self.gap, self.slopes = torch.zeros_like(self.x), slopes
        for n, rows in enumerate(objects):
            for a in range(len(MASK)):
                for j in range(SIDE):
                    for i in range(SIDE):
                        box = self.box(n, a, j, i)
                        near = any(shared(box, row[1:]) > 0.3 for row in rows)
                        self.gap[n, a, 4, j, i] = 0.0 if near else self.at(n, a, 4, j, i)
            for row in rows:
                self.add(n, row)
        self.value = float(self.gap.square().sum()) / len(x)
        if slopes:
            p = self.x.sigmoid()
            bent = p * (1 - p)
            bent[:, :, 2:4] = 1
            self.gap *= bent
        self.grad = self.gap.reshape(x.shape) / len(x)

    def at(self, n: int, a: int, c: int, j: int, i: int) -> float:
        value = float(self.x[n, a, c, j, i])
        return value if c in (2, 3) else 1 / (1 + math.exp(-value))

    def box(self, n: int, a: int, j: int, i: int) -> list[float]:
        v = [self.at(n, a, c, j, i) for c in range(4)]
        w, h = BIASES[2 * MASK[a] :][:2]
        pixels = SIDE * SCALE
        x, y = (i + v[0]) / SIDE, (j + v[1]) / SIDE
        return [x, y, math.exp(v[2]) * w / pixels, math.exp(v[3]) * h / pixels]

    def add(self, n: int, row: list[float]) -> None:
        kind, x, y, w, h = int(row[0]), *row[1:]
        pixels = SIDE * SCALE
        likes = [
            shared([0, 0, BIASES[2 * k] / pixels, BIASES[2 * k + 1] / pixels], [0, 0, w, h])
            for k in range(3)
        ]
        best = likes.index(max(likes))
        if best not in MASK:
            return
        i, j, a = int(x * SIDE), int(y * SIDE), MASK.index(best)
        goal = [x * SIDE - i, y * SIDE - j]
        goal += [
            math.log(w * pixels / BIASES[2 * best]),
            math.log(h * pixels / BIASES[2 * best + 1]),
        ]
        for c in range(4):
            self.gap[n, a, c, j, i] = 1.5 * (2 - w * h) * (self.at(n, a, c, j, i) - goal[c])
        self.gap[n, a, 4, j, i] = (self.at(n, a, 4, j, i) - 1) * (3 if self.slopes else 1)
        if self.gap[n, a, 5, j, i]:
            self.gap[n, a, 5 + kind, j, i] = 1 - self.at(n, a, 5 + kind, j, i)
            return
        for c in range(CLASSES):
            self.gap[n, a, 5 + c, j, i] = 2 * (self.at(n, a, 5 + c, j, i) - (c == kind))


def labels(objects: list[list[list[float]]]) -> torch.Tensor:
    table = torch.zeros(len(objects), 300, 5)
    for n, rows in enumerate(objects):
        for k, row in enumerate(rows):
            table[n, k] = torch.tensor(row)
    return table.reshape(len(objects), 1500)


@pytest.mark.parametrize("slopes", [True, False])
def test_value_and_gradient(slopes: bool) -> None:
    objects = [
        [[1, 0.3, 0.7, 0.4, 0.3], [0, 0.9, 0.1, 0.8, 0.4], [0, 0.35, 0.75, 0.3, 0.35]],
        [[0, 0.5, 0.5, 0.3, 0.9]],  # the anchor of another map
    ]
    x = torch.randn(2, 14, 3, 3, generator=torch.Generator().manual_seed(3))
    wanted = Loops(x, objects, slopes)
    x.requires_grad_()
    (loss,) = run_layer("Yolov3", TEXT % str(slopes).lower(), x, labels(objects))
    assert loss.item() == pytest.approx(wanted.value, rel=1e-5)
    (2 * loss).backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, 2 * wanted.grad)


def test_an_image_without_objects_learns_that_there_is_none() -> None:
    x = torch.randn(1, 14, 3, 3, generator=torch.Generator().manual_seed(0))
    (loss,) = run_layer("Yolov3", TEXT % "false", x, labels([[]]))
    sure = x.reshape(1, 2, 7, 3, 3)[:, :, 4].sigmoid()
    assert loss.item() == pytest.approx(float(sure.square().sum()), rel=1e-5)


@pytest.mark.parametrize(
    ("text", "bottoms", "words"),
    [
        (TEXT % "false", [(1, 13, 3, 3), (1, 1500)], "not \\(N, 14, H, W\\)"),
        (TEXT % "false", [(1, 14, 3, 4), (1, 1500)], "S × S cells"),
        (TEXT % "false", [(1, 14, 3, 3), (1, 150)], "300 objects"),
        (
            (TEXT % "false").replace("mask: [2, 0]", "mask: 2"),
            [(1, 14, 3, 3), (1, 1500)],
            "in mask",
        ),
        ((TEXT % "false").replace(", 20, 10]", "]"), [(1, 14, 3, 3), (1, 1500)], "4 biases"),
    ],
)
def test_sizes_must_fit(text: str, bottoms: list[tuple[int, ...]], words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        top_shapes("Yolov3", text, bottoms)
