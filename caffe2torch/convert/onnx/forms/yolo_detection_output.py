"""YoloDetectionOutput: each box with its best class, overlapping ones suppressed."""

from __future__ import annotations

from onnx import TensorProto

from caffe2torch.convert.onnx.forms._nms import flat, part
from caffe2torch.convert.onnx.forms._yolo import cells, corners, detections, likely, sorted_by
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32, PADDED, CHOOSES = "asked", True, True, True


def write(x: Place, w: Writer) -> str:
    """The score is objectness times the softmax of the best class."""
    param, shape = x.param.yolo_detection_output_param, x.shapes[0]
    n, anchors = -1 if x.batch else shape[0], param.num_box
    k = anchors * shape[2] * shape[3]
    value = cells(w, x.bottoms[0], shape, anchors)
    boxes = corners(w, value, shape, tuple(param.biases[: 2 * anchors]))
    classes = w.softmax(part(w, value, 5, 5 + param.num_classes), 4, 5)
    best, label = w.op("TopK", classes, w.ints(1), outputs=2, axis=4, largest=1, sorted=1)
    score = w.op("Mul", w.op("Sigmoid", part(w, value, 4, 5)), best)
    kind = w.op("Cast", w.op("Add", label, w.ints(1)), to=TensorProto.FLOAT)
    score, kind = (flat(w, one, (n, k)) for one in (score, kind))
    score, boxes, order = sorted_by(w, score, boxes, k)
    kind = w.op("GatherElements", kind, order, axis=1)
    valid = likely(w, score, param.confidence_threshold, strictly=False)
    return detections(w, boxes, score, kind, (n, k), valid, param.nms_threshold)
