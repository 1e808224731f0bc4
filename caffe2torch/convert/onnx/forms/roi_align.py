"""ROIAlign of mscnn: values between pixels, gathered from the four around each point.

ONNX has RoiAlign from opset 16 on, which few engines have, and which takes points near the edge of
a map for others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from caffe2torch.convert.onnx.forms._nms import flat, gate, part
from caffe2torch.convert.onnx.forms._rois import plane
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "none", True


@dataclass(frozen=True)
class Points:
    """Points of all regions along one axis, (R, bins + 1) each.

    pixels:  the pixels below and above a point, int64
    weights: theirs
    inside:  1 for a point on the map of a region that is wider than 0, else 0
    """

    pixels: tuple[str, str]
    weights: tuple[str, str]
    inside: str


def write(x: Place, w: Writer) -> str:
    """Points outside of the map give 0."""
    n, c, h, wide = x.shapes[0]
    param = x.param.roi_pooling_param
    regions = flat(w, x.bottoms[1], (-1, 5))
    image = w.op("Cast", part(w, regions, 0, 1), to=TensorProto.INT64)
    start = w.unsqueeze(w.op("Mul", image, w.constant(h * wide, np.int64)), 2)
    columns = points(x, w, part(w, regions, 1, 2), part(w, regions, 3, 4), param.pooled_w, wide)
    rows = points(x, w, part(w, regions, 2, 3), part(w, regions, 4, 5), param.pooled_h, h)
    values = flat(w, w.op("Transpose", x.bottoms[0], perm=[0, 2, 3, 1]), (n * h * wide, c))
    total = ""
    for row, high in zip(rows.pixels, rows.weights, strict=True):
        for column, broad in zip(columns.pixels, columns.weights, strict=True):
            place = w.op("Add", plane(w, row, column, wide), start)
            weight = w.op("Mul", w.unsqueeze(high, 2), w.unsqueeze(broad, 1))
            value = w.op("Mul", w.op("Gather", values, place, axis=0), w.unsqueeze(weight, 3))
            total = w.op("Add", total, value) if total else value
    inside = w.op("Mul", w.unsqueeze(rows.inside, 2), w.unsqueeze(columns.inside, 1))
    return str(w.op("Transpose", w.op("Mul", total, w.unsqueeze(inside, 3)), perm=[0, 3, 1, 2]))


def points(x: Place, w: Writer, low: str, high: str, bins: int, length: int) -> Points:
    """The corners of bins between `low` and `high` (R, 1), pixels of the image.

    Source: cascade-rcnn's roi_align_layer.cu, ROIAlignForward
    """
    param = x.param.roi_pooling_param
    size = w.op("Add", w.op("Sub", high, low), w.constant(1.0))
    grown, scale = w.op("Mul", size, w.constant(param.pad_ratio)), w.constant(param.spatial_scale)
    half, most = w.constant(0.5), w.constant(float(length - 1))
    first = w.op("Sub", w.op("Mul", w.op("Sub", low, grown), scale), half)
    last = w.op("Sub", w.op("Mul", w.op("Add", high, grown), scale), half)
    side = w.op("Sub", last, first)
    step = w.op("Div", side, w.constant(float(bins)))
    place = w.op("Add", w.op("Mul", step, w.constant(np.arange(bins + 1)[None])), first)
    outside = w.op(
        "Or",
        w.op("Less", place, w.constant(-0.5)),
        w.op("Greater", place, w.constant(length - 0.5)),
    )
    inside = w.op("And", w.op("Not", outside), w.op("Greater", side, w.constant(0.0)))
    below = w.op("Floor", place)

    def clipped(value: str) -> str:
        return str(w.op("Clip", value, w.constant(0.0), most))

    near = clipped(below)
    share = w.op("Sub", clipped(place), near)
    above = clipped(w.op("Add", below, w.constant(1.0)))
    pixels = [w.op("Cast", one, to=TensorProto.INT64) for one in (near, above)]
    rest = w.op("Sub", w.constant(1.0), share)
    return Points((pixels[0], pixels[1]), (rest, share), gate(w, inside))
