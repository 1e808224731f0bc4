"""Boxes of YOLO's maps, and the rows of their detections."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.forms._nms import apart, flat, gate, listed, part
from caffe2torch.convert.onnx.writer import Writer
from caffe2torch.layers.base import Shape


def cells(w: Writer, value: str, shape: Shape, anchors: int) -> str:
    """(N, A * (5 + C), H, W) as (N, H, W, A, 5 + C): x, y, w, h, objectness, classes."""
    _, c, h, wide = shape
    split = flat(w, value, (-1, anchors, c // anchors, h, wide))
    return str(w.op("Transpose", split, perm=[0, 3, 4, 1, 2]))


def corners(w: Writer, value: str, shape: Shape, biases: tuple[float, ...]) -> str:
    """Corners (N, H * W * A, 4) of the boxes of cells, in fractions of the image."""
    h, wide = shape[2:]
    anchor = np.array(biases, np.float32).reshape(-1, 2)
    column, row = np.meshgrid(np.arange(wide), np.arange(h), indexing="xy")
    corner = np.stack((column, row), -1)[:, :, None].astype(np.float32)
    grid = w.constant([float(wide), float(h)])
    place = w.op("Add", w.constant(corner), w.op("Sigmoid", part(w, value, 0, 2)))
    center = w.op("Div", place, grid)
    size = w.op("Mul", w.op("Exp", part(w, value, 2, 4)), w.constant(anchor))
    half = w.op("Div", w.op("Div", size, grid), w.constant(2.0))
    boxes = w.op("Concat", w.op("Sub", center, half), w.op("Add", center, half), axis=-1)
    return flat(w, boxes, (-1, h * wide * len(biases) // 2, 4))


def detections(
    w: Writer, boxes: str, scores: str, labels: str, size: tuple[int, int], valid: str,
    threshold: float,
) -> str:  # fmt: skip
    """Rows (1, 1, R, 7) of the boxes that stay, image by image, best first.

    boxes (N, K, 4), scores, labels and valid (N, K) are sorted by falling score; size is (N, K),
    N -1 where it may vary. An overlap equal to the threshold is too much.
    """
    below = float(np.nextafter(np.float32(threshold), np.float32(-1)))
    kept = apart(w, boxes, valid, size, max(0.0, below), size[1] if below >= 0 else 1)
    return listed(w, kept, labels, scores, boxes)


def sorted_by(w: Writer, scores: str, boxes: str, k: int) -> tuple[str, str, str]:
    """Scores (N, K) and boxes (N, K, 4) by falling score, and where each was (N, K)."""
    best, order = w.op("TopK", scores, w.ints(k), outputs=2, axis=1, largest=1, sorted=1)
    four = w.op("Tile", w.unsqueeze(order, 2), w.ints(1, 1, 4))
    return best, w.op("GatherElements", boxes, four, axis=1), order


def likely(w: Writer, scores: str, least: float, strictly: bool) -> str:
    """1 for scores above the least (or equal to it), else 0."""
    bound = w.constant(least)
    if strictly:
        return gate(w, w.op("Greater", scores, bound))
    return gate(w, w.op("Not", w.op("Less", scores, bound)))
