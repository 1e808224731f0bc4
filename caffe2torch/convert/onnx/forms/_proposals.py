"""Regions of a region proposal network, whose number is only known when it runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caffe2torch.convert.onnx.forms._nms import apart, flat, gate, or_none, part
from caffe2torch.convert.onnx.writer import Array, Place, Writer


@dataclass(frozen=True)
class Settings:
    """What Faster R-CNN's projects choose.

    anchors:       corners of all anchors (H * W * A, 4), in pixels of the image
    least:         smallest side, in pixels of the image before its scale
    before, after: how many of the likeliest boxes enter and leave suppression
    zeroed:        boxes that are too small count as of score 0, and else do not count
    """

    anchors: Array
    least: float
    before: int
    after: int
    threshold: float
    zeroed: bool


def shifted(anchors: tuple[tuple[float, ...], ...], stride: int, h: int, w: int) -> Array:
    """The anchors at each of h * w cells, (h * w * A, 4): rows, then columns, then anchors."""
    y, x = np.meshgrid(stride * np.arange(h), stride * np.arange(w), indexing="ij")
    corners = np.stack((x, y, x, y), -1).reshape(-1, 1, 4)
    return np.asarray((corners + np.array(anchors)).reshape(-1, 4), np.float32)


def proposals(x: Place, w: Writer, settings: Settings) -> tuple[str, str]:
    """Regions (R, 5) and their scores (1, R); without any one of zeros, as OpenCV 4 marks none."""
    n = len(settings.anchors)
    boxes = _moved(x, w, settings.anchors)
    sizes = w.op("Add", w.op("Sub", part(w, boxes, 2, 4), part(w, boxes, 0, 2)), w.constant(1.0))
    info = flat(w, x.bottoms[2], (-1,))
    least = w.op("Mul", part(w, info, 2, 3), w.constant(settings.least))
    smallest = w.reduce("ReduceMin", sizes, [1], keepdims=0)
    wide = flat(w, gate(w, w.op("Not", w.op("Less", smallest, least))), (1, n))
    scores = _scores(x, w, n)
    k = min(settings.before, n)
    counts = w.op("Greater", wide, w.constant(0.0))
    # equal scores of 0 would come in any order in OpenVINO
    least_keys = -1e-30 * np.arange(1, n + 1)[None] if settings.zeroed else -1.0
    ranked = w.op("Where", counts, scores, w.constant(least_keys))
    order = w.op("TopK", ranked, w.ints(k), outputs=2, axis=1, largest=1, sorted=1)[1]
    best = w.op("GatherElements", w.op("Mul", scores, wide), order, axis=1)
    boxes = w.op("Gather", boxes, flat(w, order, (k,)), axis=0)
    valid = w.constant(np.ones((1, k))) if settings.zeroed else w.op(
        "GatherElements", wide, order, axis=1
    )  # fmt: skip
    # the last pixel of a box counts, so that the box reaches one farther
    reach = w.op("Add", boxes, w.constant([0.0, 0.0, 1.0, 1.0]))
    kept = apart(w, flat(w, reach, (1, k, 4)), valid, (1, k), settings.threshold, settings.after)
    kept = or_none(w, kept)
    boxes = w.op("Concat", boxes, w.constant(np.zeros((1, 4))), axis=0)
    best = w.op("Concat", best, w.constant([[0.0]]), axis=1)
    rows = flat(w, part(w, w.op("NonZero", kept), 1, 2, axis=0), (-1,))
    boxes = w.op("Gather", boxes, rows, axis=0)
    image = w.op("Mul", part(w, boxes, 0, 1), w.constant(0.0))
    return w.op("Concat", image, boxes, axis=1), w.op("Gather", best, rows, axis=1)


def _moved(x: Place, w: Writer, anchors: Array) -> str:
    """The anchors (K, 4) moved by the predicted offsets and clipped to the image."""
    h, wide = x.shapes[1][2:]
    moves = w.op("Transpose", flat(w, x.bottoms[1], (-1, 4, h, wide)), perm=[2, 3, 0, 1])
    moves = flat(w, moves, (len(anchors), 4))
    size = anchors[:, 2:] - anchors[:, :2] + 1
    steps = w.op("Mul", part(w, moves, 0, 2), w.constant(size))
    middle = w.op("Add", w.constant(anchors[:, :2] + size / 2), steps)
    half = w.op("Mul", w.op("Exp", part(w, moves, 2, 4)), w.constant(size / 2))
    boxes = w.op("Concat", w.op("Sub", middle, half), w.op("Add", middle, half), axis=1)
    edges = w.op("Gather", flat(w, x.bottoms[2], (-1,)), w.ints(1, 0, 1, 0), axis=0)
    limits = w.op("Sub", edges, w.constant(1.0))
    return str(w.op("Min", w.op("Max", boxes, w.constant(0.0)), limits))


def _scores(x: Place, w: Writer, n: int) -> str:
    """The objects' scores (1, K): rows, then columns, then anchors."""
    anchors = x.shapes[0][1] // 2
    objects = part(w, x.bottoms[0], anchors, 2 * anchors, axis=1)
    return flat(w, w.op("Transpose", objects, perm=[0, 2, 3, 1]), (1, n))
