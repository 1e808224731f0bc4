"""DetectionLoss against a loop over images, cells and boxes."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes

SIDE, CLASSES, BOXES = 2, 3, 2
CELLS = SIDE * SIDE
TEXT = "detection_loss_param {{ side: 2 num_class: 3 num_object: 2 class_scale: 3 {} }}"


def shared(a: list[float], b: list[float]) -> float:
    """Intersection over union of two boxes given by centre and size."""
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
    """The value and its gradient as the ports compute them, for a batch."""

    def __init__(self, x: torch.Tensor, y: torch.Tensor, sqrt: bool, relative: bool) -> None:
        self.x, self.y, self.sqrt, self.relative = x, y, sqrt, relative
        self.grad, self.objects = torch.zeros_like(x), 0
        self.near = self.far = 0.0
        for n in range(len(x)):
            for j in range(CELLS):
                self.cell(n, j)
        self.value = self.near / self.objects + self.far / (CELLS * BOXES * len(x) - self.objects)
        self.grad /= len(x)

    def term(self, n: int, place: int, scale: float, goal: float) -> None:
        gap = float(self.x[n, place]) - goal
        self.near += scale * gap**2
        self.grad[n, place] = scale * gap

    def cell(self, n: int, j: int) -> None:
        sure = [(CLASSES + k) * CELLS + j for k in range(BOXES)]
        there = bool(self.y[n, CELLS + j])
        truth = self.y[n, 3 * CELLS + 4 * j :][:4].tolist()
        rank = [self.rank(n, j, k, truth) for k in range(BOXES)]
        best = max(range(BOXES), key=lambda k: rank[k]) if there else -1
        for k, place in enumerate(sure):
            if k != best:
                self.far += 0.5 * float(self.x[n, place]) ** 2
                self.grad[n, place] = 0.5 * self.x[n, place]
        if not there:
            return
        self.objects += 1
        for c in range(CLASSES):
            self.term(n, c * CELLS + j, 3, float(c == int(self.y[n, 2 * CELLS + j])))
        self.near += (float(self.x[n, sure[best]]) - 1) ** 2
        self.grad[n, sure[best]] = self.x[n, sure[best]] - rank[best][0]
        goal = list(truth)
        if self.relative:
            goal[:2] = [truth[0] * SIDE - j % SIDE, truth[1] * SIDE - j // SIDE]
        if self.sqrt:
            goal[2:] = [math.sqrt(truth[2]), math.sqrt(truth[3])]
        for o in range(4):
            self.term(n, (CLASSES + BOXES + 4 * best + o) * CELLS + j, 5, goal[o])

    def rank(self, n: int, j: int, k: int, truth: list[float]) -> tuple[float, float]:
        """Overlap with the truth, then nearness, of one box of a cell."""
        base = (CLASSES + BOXES + 4 * k) * CELLS + j
        box = [float(self.x[n, base + o * CELLS]) for o in range(4)]
        if self.relative:
            box[:2] = [(j % SIDE + box[0]) / SIDE, (j // SIDE + box[1]) / SIDE]
        if self.sqrt:
            box[2:] = [box[2] ** 2, box[3] ** 2]
        return shared(box, truth), -math.dist(box, truth)


def labels(n: int, generator: torch.Generator) -> torch.Tensor:
    there = (torch.rand(n, CELLS, generator=generator) < 0.6).float()
    there[0, 0] = 1
    kind = torch.randint(0, CLASSES, (n, CELLS), generator=generator).float()
    boxes = torch.rand(n, 4 * CELLS, generator=generator)
    return torch.cat((torch.zeros(n, CELLS), there, kind, boxes), 1)


@pytest.mark.parametrize("sqrt", [True, False])
@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_value_and_gradient(sqrt: bool, relative: bool, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(3, CELLS * (CLASSES + 5 * BOXES), generator=generator)
    y = labels(3, generator)
    wanted = Loops(x, y, sqrt, relative)
    text = TEXT.format(f"sqrt: {str(sqrt).lower()} constriant: {str(relative).lower()}")
    x.requires_grad_()
    (loss,) = run_layer("DetectionLoss", text, x, y)
    assert loss.item() == pytest.approx(wanted.value, rel=1e-5)
    (2 * loss).backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, 2 * wanted.grad)


def test_boxes_that_all_miss_are_ranked_by_distance() -> None:
    x = torch.zeros(1, CELLS * (CLASSES + 5 * BOXES))
    boxes = x[0, (CLASSES + BOXES) * CELLS :].view(BOXES, 4, CELLS)
    boxes[0, :, 0] = torch.tensor([0.0, 0.0, 0.1, 0.1])
    boxes[1, :, 0] = torch.tensor([0.5, 0.5, 0.1, 0.1])
    y = labels(1, torch.Generator().manual_seed(0))
    y[0, CELLS : 2 * CELLS] = torch.tensor([1.0, 0, 0, 0])
    y[0, 3 * CELLS :][:4] = torch.tensor([0.9, 0.9, 0.1, 0.1])
    x.requires_grad_()
    (loss,) = run_layer("DetectionLoss", TEXT.format("sqrt: false"), x, y)
    loss.backward()
    assert x.grad is not None
    moved = x.grad[0, (CLASSES + BOXES) * CELLS :].view(BOXES, 4, CELLS)[:, :, 0]
    assert moved[0].tolist() == [0, 0, 0, 0]
    assert moved[1].tolist() == pytest.approx([-2, -2, 0, 0], abs=1e-5)


def test_sizes_must_fit() -> None:
    with pytest.raises(ShapeError, match="52 and 28"):
        top_shapes("DetectionLoss", TEXT.format(""), [(2, 50), (2, 28)])
