"""DetectionOutput: NonMaxSuppression a class, then the best of all classes.

The output has keep_top_k rows an image; rows that hold no detection are -1, as Caffe marks an
image without any. With a batch that varies it has as many rows as Caffe's. A net's own top_k rows
enter the suppression, chosen by TopK.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from caffe2torch import caffe_pb2 as pb
from caffe2torch.convert.onnx.forms._nms import apart, flat, gate, listed, part
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32, PADDED, CHOOSES = "asked", True, True, True
MANY = 4096
"""Rows an image where the net keeps all."""
LOWEST = -3.4028234663852886e38
AWAY, ENLARGED = 2.0**22, 2.0**10
"""Where boxes without an area go, and by what others grow: a photo has 1024 pixels a side."""


def write(x: Place, w: Writer) -> str:
    """Boxes decoded, chosen a class, chosen over all classes, in Caffe's order."""
    param = x.param.detection_output_param
    if param.nms_param.eta < 1:
        raise w.refuse(x, f"shrinks its threshold while it works (eta {param.nms_param.eta:g})")
    n, priors = -1 if x.batch else x.shapes[0][0], x.shapes[2][2] // 4
    boxes = decoded(x, w, n, priors)
    scores = w.op("Reshape", x.bottoms[1], w.ints(n, priors, param.num_classes))
    if len(x.bottoms) > 3:
        scores = _without_empty(x, w, scores, n, priors)
    classes = [c for c in range(param.num_classes) if c != param.background_label_id]
    scores = w.op("Gather", w.op("Transpose", scores, perm=[0, 2, 1]), w.ints(*classes), axis=1)
    return _chosen(x, w, boxes, scores, classes)


def decoded(x: Place, w: Writer, n: int, priors: int) -> str:
    """Corners of all boxes (n, priors, locations, 4)."""
    param = x.param.detection_output_param
    stored = w.reshape(x.bottoms[2], (2, priors, 1, 4))
    prior, variance = (w.op("Gather", stored, w.constant(i, np.int64), axis=0) for i in (0, 1))
    code = pb.PriorBoxParameter.CodeType.Name(param.code_type)
    if param.variance_encoded_in_target:
        variance = w.constant(np.ones(4, np.float32))
    if len(x.bottoms) > 4:
        first = w.op("Reshape", x.bottoms[4], w.ints(n, priors, 1, 4))
        prior = _decode(w, first, prior, variance, code)
    locations = 1 if param.share_location else param.num_classes
    offsets = w.op("Reshape", x.bottoms[0], w.ints(n, priors, locations, 4))
    return _decode(w, offsets, prior, variance, code)


def _decode(w: Writer, offset: str, prior: str, variance: str, code: str) -> str:
    """SSD's DecodeBBox for tensors (..., 4)."""

    def half(value: str, i: int) -> str:
        return str(w.op("Slice", value, w.ints(2 * i), w.ints(2 * i + 2), w.ints(-1)))

    offset = w.op("Mul", offset, variance)
    low, high = half(prior, 0), half(prior, 1)
    size = w.op("Sub", high, low)
    if code == "CORNER":
        return str(w.op("Add", prior, offset))
    if code == "CORNER_SIZE":
        return str(w.op("Add", prior, w.op("Mul", offset, w.op("Concat", size, size, axis=-1))))
    middle = w.op("Mul", w.op("Add", low, high), w.constant(0.5))
    center = w.op("Add", middle, w.op("Mul", half(offset, 0), size))
    wide = w.op("Mul", w.op("Mul", w.op("Exp", half(offset, 1)), size), w.constant(0.5))
    return str(w.op("Concat", w.op("Sub", center, wide), w.op("Add", center, wide), axis=-1))


def _without_empty(x: Place, w: Writer, scores: str, n: int, priors: int) -> str:
    """RefineDet: a prior that its first stage takes for background has no score."""
    param = x.param.detection_output_param
    first = w.op("Reshape", x.bottoms[3], w.ints(n, priors, 2))
    objects = w.op("Slice", first, w.ints(1), w.ints(2), w.ints(2))
    empty = w.op("Less", objects, w.constant(param.objectness_score))
    nothing = np.zeros(param.num_classes, np.float32)
    nothing[0] = 1
    return str(w.op("Where", empty, w.constant(nothing), scores))


def _chosen(x: Place, w: Writer, boxes: str, scores: str, classes: list[int]) -> str:
    """Rows (1, 1, n · keep, 7): image, label, score, corners."""
    param, many, priors = x.param.detection_output_param, len(classes), x.shapes[2][2] // 4
    n, rows = (-1, -1) if x.batch else (x.shapes[0][0], x.shapes[0][0] * many)
    limit = param.nms_param.top_k if param.nms_param.HasField("top_k") else -1
    k = min(limit, priors) if limit > -1 else priors
    best, index = w.op("TopK", scores, w.ints(k), outputs=2, axis=2, largest=1, sorted=1)
    least = param.confidence_threshold if param.HasField("confidence_threshold") else LOWEST
    corners = _corners(x, w, boxes, index, classes)
    valid = flat(w, gate(w, w.op("Greater", best, w.constant(least))), (rows, k))
    corners = flat(w, corners, (rows, k, 4))
    kept = apart(w, _upright(w, corners, k), valid, (rows, k), param.nms_param.nms_threshold, k)
    kept, best = flat(w, kept, (n, many * k)), flat(w, best, (n, many * k))
    labels = np.repeat(classes, k)
    if x.batch:
        return _counted(x, w, kept, best, flat(w, corners, (-1, many * k, 4)), labels)
    return _ranked(x, w, kept, best, corners, labels)


def _corners(x: Place, w: Writer, boxes: str, index: str, classes: list[int]) -> str:
    """The boxes (n, classes, k, 4) at places (n, classes, k) of boxes (n, priors, locations, 4)."""
    param, priors = x.param.detection_output_param, x.shapes[2][2] // 4
    locations = 1 if param.share_location else param.num_classes
    rows = flat(w, w.op("Transpose", boxes, perm=[0, 2, 1, 3]), (-1, 4))
    start = np.array([0] if param.share_location else classes, np.int64)[None, :, None] * priors
    if x.batch:
        index = w.op("Add", index, _images(w, index, locations * priors))
    else:
        image = np.arange(x.shapes[0][0], dtype=np.int64)[:, None, None]
        start = start + image * locations * priors
    index = w.op("Add", index, w.constant(start, np.int64))
    return str(w.op("Gather", rows, index, axis=0))


def _images(w: Writer, like: str, step: int) -> str:
    """(n, 1, 1) int64: 0, step, 2 · step ... for any number n of items of `like` (n, A, B)."""
    one = w.slice(like, [0, 0], [1, 1], [1, 2])
    steps = w.op("Add", w.op("Mul", one, w.constant(0, np.int64)), w.constant(step, np.int64))
    return str(w.op("CumSum", steps, w.constant(0, np.int64), exclusive=1))


def _upright(w: Writer, boxes: str, k: int) -> str:
    """Boxes (rows, k, 4) of which those without an area overlap nothing, as in Caffe.

    NonMaxSuppression takes any two opposite corners, and so would find an area where they have
    changed places; OpenCV 5.0 says that two boxes without one are the same, and takes what is below
    1e-7 for none. So those boxes are moved away, each to a place of its own, and all are enlarged.
    """
    size = w.op("Sub", part(w, boxes, 2, 4), part(w, boxes, 0, 2))
    wide, high = (w.op("Greater", part(w, size, i, i + 1), w.constant(0.0)) for i in range(2))
    near = np.stack([np.arange(k) * 2.0, np.zeros(k)], axis=1) - AWAY
    away = w.constant(np.concatenate([near, near + 1], axis=1)[None])
    large = w.op("Mul", boxes, w.constant(ENLARGED))
    return str(w.op("Where", w.op("And", wide, high), large, away))


def _counted(
    x: Place, w: Writer, kept: str, scores: str, corners: str, labels: NDArray[np.int64]
) -> str:
    """The best keep_top_k of each image as Caffe lists them, and no other rows."""
    rows, total = x.param.detection_output_param.keep_top_k, len(labels)
    nothing = w.op("Mul", kept, w.constant(0.0))
    if -1 < rows < total:
        ranked = w.op("Where", w.op("Greater", kept, w.constant(0.5)), scores, w.constant(LOWEST))
        place = w.op("TopK", ranked, w.ints(rows), outputs=2, axis=1, largest=1, sorted=1)[1]
        stays = w.op("GatherElements", kept, place, axis=1)
        kept = w.op("ScatterElements", nothing, place, stays, axis=1)
    return listed(w, kept, w.op("Add", nothing, w.constant(labels[None])), scores, corners)


def _ranked(
    x: Place, w: Writer, kept: str, scores: str, corners: str, labels: NDArray[np.int64]
) -> str:
    """The best keep_top_k of each image, then by label and falling score as Caffe lists them."""
    param, n, total = x.param.detection_output_param, x.shapes[0][0], len(labels)
    rows = min(param.keep_top_k, total) if param.keep_top_k > -1 else min(MANY, total)
    stays = w.op("Greater", kept, w.constant(0.5))
    ranked = w.op("Where", stays, scores, w.constant(LOWEST))
    best, place = w.op("TopK", ranked, w.ints(rows), outputs=2, axis=1, largest=1, sorted=1)
    empty = w.op("Less", w.op("GatherElements", kept, place, axis=1), w.constant(0.5))
    key = w.op("Where", empty, w.constant(total, np.int64), place)
    order, turn = w.op("TopK", key, w.ints(rows), outputs=2, axis=1, largest=0, sorted=1)
    score = w.op("GatherElements", best, turn, axis=1)
    place = w.op("GatherElements", place, turn, axis=1)
    image = np.repeat(np.arange(n, dtype=np.int64)[:, None], rows, 1)
    across = w.op("Add", place, w.constant(image * total, np.int64))
    box = w.op("Gather", w.op("Reshape", corners, w.ints(-1, 4)), across, axis=0)
    label = w.op("Gather", w.constant(labels, np.float32), place, axis=0)
    parts = [w.constant(image, np.float32), label, score]
    head = [w.unsqueeze(one, 2) for one in parts]
    table = w.op("Concat", *head, box, axis=2)
    none = w.unsqueeze(w.op("Equal", order, w.constant(total, np.int64)), 2)
    table = w.op("Where", none, w.constant(-1.0), table)
    return str(w.op("Reshape", table, w.ints(1, 1, n * rows, 7)))
