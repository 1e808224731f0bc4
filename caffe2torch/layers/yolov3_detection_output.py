"""Yolov3DetectionOutput: detections of the maps of a YOLO v3 net (MobileNet-YOLO)."""

from __future__ import annotations

from typing import Any

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers._nms import keep_boxes
from caffe2torch.layers._yolo import region_boxes, split_regions
from caffe2torch.layers.base import Count, Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

EXAMPLE = "num_classes: 2 num_box: 1 mask_group_num: 1 mask: 0 biases: [1, 1] anchors_scale: 1"


class Yolov3DetectionOutput(Layer):
    """Boxes of which a class is likely enough, overlapping ones suppressed over all classes.

    Shape:    maps (N, num_box * (5 + num_classes), S, S), mask_group_num of them -> (1, 1, K, 7):
              image, label from 1, score, xmin, ymin, xmax, ymax in fractions. K is known only
              then; the rule says 1
    Params:   num_classes [20]; num_box [3] anchors a map; biases: width and height of each anchor
              in pixels; mask: the anchors of each map, map after map; mask_group_num [2];
              anchors_scale: pixels a cell of each map; confidence_threshold [0.01];
              nms_threshold [0.45]
    Weights:  none
    Differs:  in a batch each image has its own suppression and index (the fork takes a batch for
              one image). Without a detection there is one row of -1 per image.
    Raises:   ShapeError if the sizes do not fit
    Source:   Redmon, Farhadi, YOLOv3 (2018); MobileNet-YOLO's caffe
              yolov3_detection_output_layer.cpp
    """

    type = "Yolov3DetectionOutput"
    origin = "yolo"
    bottoms = (1, None)
    roles = frozenset({Role.RESULT})
    backward = "cannot run backward"
    param_field = "yolov3_detection_output_param"
    examples = (
        Example(
            f"yolov3_detection_output_param {{ {EXAMPLE} nms_threshold: 0 }}",
            bottoms=[(1, 7, 1, 1)],
            phase="TEST",
        ),
    )

    def counts(self, x: Site) -> tuple[Count, Count]:
        return max(1, x.param.yolov3_detection_output_param.mask_group_num), 1

    def shapes(self, x: Site) -> list[Shape]:
        param, maps = x.param.yolov3_detection_output_param, len(x.bottoms)
        channels = param.num_box * (5 + param.num_classes)
        for name, shape in zip(x.bottom_names, x.bottoms, strict=True):
            if len(shape) != 4 or shape[1] != channels or not param.num_box:
                raise ShapeError(
                    f"bottom {name!r} has shape {shape}, not (N, {channels}, H, W)",
                    field="bottom",
                    hint=f"{param.num_box} anchors need 5 + {param.num_classes} channels each",
                )
        for field, count, least in (
            ("mask", len(param.mask) // maps, param.num_box),
            ("anchors_scale", len(param.anchors_scale), maps),
            ("biases", len(param.biases), 2 * max((*param.mask, 0)) + 2),
        ):
            if count < least:
                raise ShapeError(
                    f"{plural(count, 'value')} of {field} for {plural(maps, 'map')}, not {least}",
                    field=f"yolov3_detection_output_param.{field}",
                    hint="write the anchors of each map, and their sizes in pixels",
                )
        return [(1, 1, 1, 7)]

    def code(self, x: Site) -> Code:
        param = x.param.yolov3_detection_output_param
        least, threshold = param.confidence_threshold, param.nms_threshold
        anchors = anchors_of_maps(x)
        return op(yolov3_detections, anchors=anchors, least=least, threshold=threshold)


def anchors_of_maps(x: Site) -> tuple[tuple[float, ...], ...]:
    """Width and height of the anchors of each map, one after the other, in cells of the map."""
    param = x.param.yolov3_detection_output_param
    step = len(param.mask) // len(x.bottoms)
    anchors = []
    for t, scale in enumerate(param.anchors_scale[: len(x.bottoms)]):
        mask = param.mask[t * step : t * step + param.num_box]
        sizes = (v for k in mask for v in param.biases[2 * k : 2 * k + 2])
        anchors.append(tuple(v / scale if scale else v for v in sizes))
    return tuple(anchors)


def yolov3_detections(
    *maps: torch.Tensor, anchors: Any, least: float, threshold: float
) -> torch.Tensor:
    """Detections (1, 1, K, 7) of maps (N, A * (5 + C), H, W); anchors a map, sizes in cells."""
    boxes, scores = [], []
    for x, sizes in zip(maps, anchors, strict=True):
        cells = split_regions(x.detach(), len(sizes) // 2)
        boxes.append(region_boxes(cells, sizes).reshape(len(x), -1, 4))
        sure = cells[..., 4:].sigmoid()
        scores.append((sure[..., 1:] * sure[..., :1]).reshape(len(x), -1, sure.shape[-1] - 1))
    places, likely = torch.cat(boxes, 1), torch.cat(scores, 1)
    # equal to the threshold is too much overlap here, unlike SSD's
    below = float(torch.nextafter(likely.new_tensor(threshold), likely.new_tensor(-1.0)))
    rows = []
    for n in range(len(likely)):
        which, kind = (likely[n] > least).nonzero(as_tuple=True)
        score, order = likely[n][which, kind].sort(descending=True, stable=True)
        box = places[n][which[order]]
        kept = keep_boxes(box, score, below)
        head = torch.stack((torch.full_like(score, n), kind[order] + 1, score), dim=1)
        rows.append(torch.cat((head, box), dim=1)[kept])
    detected = torch.cat(rows)
    if len(detected) == 0:
        detected = detected.new_full((len(likely), 7), -1)
        detected[:, 0] = torch.arange(len(likely))
    return detected[None, None]
