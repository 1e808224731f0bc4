"""Yolov3DetectionOutput: each box once for every likely class, overlapping ones suppressed."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.forms._nms import flat, part
from caffe2torch.convert.onnx.forms._yolo import cells, corners, detections, likely, sorted_by
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.yolov3_detection_output import anchors_of_maps

DYNAMIC, FLOAT32, PADDED, CHOOSES = "asked", True, True, True


def write(x: Place, w: Writer) -> str:
    """The score is objectness times the sigmoid of the class."""
    param, n = x.param.yolov3_detection_output_param, -1 if x.batch else x.shapes[0][0]
    classes, boxes, scores, k = param.num_classes, [], [], 0
    for value, shape, sizes in zip(x.bottoms, x.shapes, anchors_of_maps(x.site), strict=True):
        anchors = len(sizes) // 2
        places = anchors * shape[2] * shape[3]
        value = cells(w, value, shape, anchors)
        four = w.unsqueeze(corners(w, value, shape, sizes), 2)
        boxes.append(
            flat(w, w.op("Tile", four, w.ints(1, 1, classes, 1)), (n, places * classes, 4))
        )
        sure = w.op("Sigmoid", part(w, value, 4, 5 + classes))
        score = w.op("Mul", part(w, sure, 1, 1 + classes), part(w, sure, 0, 1))
        scores.append(flat(w, score, (n, places * classes)))
        k += places * classes
    labels = w.constant(np.tile(np.arange(1, classes + 1), k // classes))
    all_boxes = w.op("Concat", *boxes, axis=1) if len(boxes) > 1 else boxes[0]
    all_scores = w.op("Concat", *scores, axis=1) if len(scores) > 1 else scores[0]
    score, all_boxes, order = sorted_by(w, all_scores, all_boxes, k)
    label = w.op("Gather", labels, order, axis=0)
    valid = likely(w, score, param.confidence_threshold, strictly=True)
    return detections(w, all_boxes, score, label, (n, k), valid, param.nms_threshold)
