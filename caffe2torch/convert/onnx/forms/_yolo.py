"""Boxes of YOLO's maps, and the rows of their detections."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.forms._nms import apart, flat, gate, or_none, part
from caffe2torch.convert.onnx.writer import Writer
from caffe2torch.layers.base import Shape


def cells(w: Writer, value: str, shape: Shape, anchors: int) -> str:
    """(N, A * (5 + C), H, W) as (N, H, W, A, 5 + C): x, y, w, h, objectness, classes."""
    n, c, h, wide = shape
    split = flat(w, value, (n, anchors, c // anchors, h, wide))
    return str(w.op("Transpose", split, perm=[0, 3, 4, 1, 2]))


def corners(w: Writer, value: str, shape: Shape, biases: tuple[float, ...]) -> str:
    """Corners (N, H * W * A, 4) of the boxes of cells, in fractions of the image."""
    n, _, h, wide = shape
    anchor = np.array(biases, np.float32).reshape(-1, 2)
    column, row = np.meshgrid(np.arange(wide), np.arange(h), indexing="xy")
    corner = np.stack((column, row), -1)[:, :, None].astype(np.float32)
    grid = w.constant([float(wide), float(h)])
    place = w.op("Add", w.constant(corner), w.op("Sigmoid", part(w, value, 0, 2)))
    center = w.op("Div", place, grid)
    size = w.op("Mul", w.op("Exp", part(w, value, 2, 4)), w.constant(anchor))
    half = w.op("Div", w.op("Div", size, grid), w.constant(2.0))
    boxes = w.op("Concat", w.op("Sub", center, half), w.op("Add", center, half), axis=-1)
    return flat(w, boxes, (n, -1, 4))


def detections(
    w: Writer, boxes: str, scores: str, labels: str, size: tuple[int, int], valid: str,
    threshold: float,
) -> str:  # fmt: skip
    """Rows (1, 1, R, 7) of the boxes that stay, image by image, best first.

    boxes (N, K, 4), scores, labels and valid (N, K) are sorted by falling score; size is (N, K).
    Without any there is one row of -1 an image. An overlap equal to the threshold is too much.
    """
    n, k = size
    below = float(np.nextafter(np.float32(threshold), np.float32(-1)))
    kept = apart(w, boxes, valid, size, max(0.0, below), k if below >= 0 else 1)
    kept, marks = or_none(w, kept, n), w.constant(np.full((n, 1), -1))
    labels, scores = (w.op("Concat", value, marks, axis=1) for value in (labels, scores))
    boxes = w.op("Concat", boxes, w.constant(np.full((n, 1, 4), -1)), axis=1)
    pairs = w.op("Transpose", w.op("NonZero", kept), perm=[1, 0])
    image = w.op("Cast", part(w, pairs, 0, 1), to=1)
    columns = [w.unsqueeze(w.op("GatherND", value, pairs), 1) for value in (labels, scores)]
    table = w.op("Concat", image, *columns, w.op("GatherND", boxes, pairs), axis=1)
    return flat(w, table, (1, 1, -1, 7))


def sorted_by(w: Writer, scores: str, boxes: str, others: list[str], k: int) -> list[str]:
    """Scores (N, K), boxes (N, K, 4) and others (N, K) by falling score, in that order."""
    best, order = w.op("TopK", scores, w.ints(k), outputs=2, axis=1, largest=1, sorted=1)
    turned = [w.op("GatherElements", other, order, axis=1) for other in others]
    four = w.op("Tile", w.unsqueeze(order, 2), w.ints(1, 1, 4))
    return [best, w.op("GatherElements", boxes, four, axis=1), *turned]


def likely(w: Writer, scores: str, least: float, strictly: bool) -> str:
    """1 for scores above the least (or equal to it), else 0."""
    bound = w.constant(least)
    if strictly:
        return gate(w, w.op("Greater", scores, bound))
    return gate(w, w.op("Not", w.op("Less", scores, bound)))
