"""Yolov3: the loss of one map of a YOLO v3 net (MobileNet-YOLO)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._boxes import box_overlap
from caffe2torch.layers._loss import NO_GRADIENT, scalar
from caffe2torch.layers._yolo import check_regions, region_boxes, split_regions
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, literal
from caffe2torch.layers.detection_loss import CaffeGivenGradient
from caffe2torch.layers.lazy import nn, torch

OBJECTS = 300
EXAMPLE = "num_class: 2 num: 1 biases: [16, 16, 64, 64] mask: 1 anchors_scale: 32"


class Yolov3(Layer):
    """Sum of the squared errors of boxes, objectness and classes, divided by N.

    An object counts in the map whose mask holds the anchor that is most like it, at the cell of
    its centre; a box that overlaps an object by more than thresh is not pushed to none.

    Shape:    x (N, num * (5 + num_class), S, S), labels (N, 1500): up to 300 times class from 0,
              x, y, width and height in fractions, a width of 0 behind the last -> ()
    Params:   num_class [20]; num [5] anchors of this map; biases: width and height of all anchors
              in pixels; mask: which are this map's; anchors_scale [32] pixels a cell; thresh [0.2];
              object_scale [1], with use_logic_gradient [false] alone; class_scale [1];
              coord_scale [5]; side and noobject_scale have no effect
    Weights:  none
    Differs:  as in the fork, the gradient is not the derivative of the value: without
              use_logic_gradient it leaves out the sigmoids' slopes, and a second object in the
              same place pushes its class down
    Raises:   ShapeError if the sizes do not fit
    Source:   Redmon, Farhadi, YOLOv3 (2018); MobileNet-YOLO's caffe yolov3_layer.cpp
    """

    type = "Yolov3"
    origin = "yolo"
    bottoms = 2
    loss = True
    no_gradient = {1: NO_GRADIENT}
    param_field = "yolov3_param"
    examples = (
        Example(
            f"yolov3_param {{ {EXAMPLE} }}", bottoms=[(2, 7, 3, 3), (2, 1500)], low=0.1, high=0.4
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param, each = x.param.yolov3_param, math.prod(x.bottoms[1][1:])
        least = 2 * (1 + max((*param.mask, 0)))
        check_regions(x, param.num, param.num_class, 2 * param.num, self.param_field)
        if len(param.mask) < param.num or len(param.biases) < least or not param.anchors_scale:
            raise ShapeError(
                f"{len(param.mask)} anchors in mask and {len(param.biases)} biases for "
                f"{param.num} anchors, a cell of {param.anchors_scale} pixels",
                field="yolov3_param.mask",
                hint="mask names the anchors of this map, biases holds two sizes of every one",
            )
        if each != 5 * OBJECTS or x.bottoms[0][2] != x.bottoms[0][3]:
            raise ShapeError(
                f"bottoms {x.bottoms[0]} and {x.bottoms[1]} are no map of S × S cells and "
                f"{OBJECTS} objects of 5 numbers an image",
                field="bottom",
            )
        return scalar(x)

    def code(self, x: Site) -> Code:
        param = x.param.yolov3_param
        sizes = tuple(v / param.anchors_scale for v in param.biases)
        scales = (param.object_scale, param.class_scale, param.coord_scale)
        settings = (sizes, tuple(param.mask[: param.num]), param.thresh, scales)
        values = ", ".join(map(literal, (*settings, param.use_logic_gradient)))
        return Code(f"CaffeYolov3({values})")


class CaffeYolov3(nn.Module):
    """YOLO v3's loss; sizes of all anchors in cells, of which `mask` are those of this map."""

    def __init__(self, sizes: Any, mask: Any, thresh: float, scales: Any, slopes: bool) -> None:
        super().__init__()
        self.anchors = [tuple(sizes[k : k + 2]) for k in range(0, len(sizes), 2)]
        self.mask, self.thresh, self.scales, self.slopes = mask, thresh, scales, slopes

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Give the loss, a scalar."""
        cells = split_regions(x.detach(), len(self.mask))
        sure = cells.sigmoid()
        values = torch.cat((sure[..., :2], cells[..., 2:4], sure[..., 4:]), -1)
        boxes = region_boxes(cells, tuple(v for k in self.mask for v in self.anchors[k]))
        gaps = torch.zeros_like(values)
        for image, rows in enumerate(labels.detach().reshape(len(x), -1, 5)):
            placed, sized = (rows[: int((rows[:, k] != 0).cumprod(0).sum())] for k in (1, 3))
            gaps[image, ..., 4] = self.no_object(boxes[image], values[image, ..., 4], placed)
            for row in sized.tolist():
                self.add(gaps[image], values[image], row)
        value = gaps.square().sum() / len(x)
        if self.slopes:
            bent = sure * (1 - sure)
            ones = torch.ones_like(bent[..., 2:4])
            gaps = gaps * torch.cat((bent[..., :2], ones, bent[..., 4:]), -1)
        slope = gaps.permute(0, 3, 4, 1, 2).reshape(x.shape) / len(x)
        return CaffeGivenGradient.apply(x, value, slope)

    def no_object(
        self, boxes: torch.Tensor, sure: torch.Tensor, objects: torch.Tensor
    ) -> torch.Tensor:
        """The objectness of all boxes but those that overlap an object enough."""
        if not len(objects):
            return sure
        centre, half = objects[:, 1:3], objects[:, 3:] / 2
        corners = torch.cat((centre - half, centre + half), 1)
        most = box_overlap(boxes.reshape(-1, 4), corners).amax(1).reshape(sure.shape)
        return torch.where(most > self.thresh, 0.0, sure)

    def likeness(self, anchor: Any, w: float, h: float) -> float:
        """Intersection over union of an anchor and a size, both in cells, at one place."""
        both = min(anchor[0], w) * min(anchor[1], h)
        return both / (anchor[0] * anchor[1] + w * h - both)

    def add(self, gaps: torch.Tensor, values: torch.Tensor, row: Any) -> None:
        """Write the errors of one object (class, x, y, width, height) of an image."""
        at_object, at_class, at_box = self.scales
        kind = int(row[0])
        x, y, w, h = row[1:]
        side = len(values)
        likeness = [self.likeness(anchor, w * side, h * side) for anchor in self.anchors]
        best = likeness.index(max(likeness))
        if likeness[best] == 0 or best not in self.mask:
            return
        place = int(y * side), int(x * side), self.mask.index(best)
        value, gap, anchor = values[place], gaps[place], self.anchors[best]
        sizes = torch.tensor([w * side / anchor[0], h * side / anchor[1]], dtype=value.dtype).log()
        centre = value.new_tensor([x * side - place[1], y * side - place[0]])
        goal = torch.cat((centre, sizes.to(value.device)))
        gap[:4] = at_box * (2 - w * h) * (value[:4] - goal)
        gap[4] = (value[4] - 1) * (at_object if self.slopes else 1)
        if gap[5] != 0:
            gap[5 + kind] = 1 - value[5 + kind]
            return
        gap[5:] = at_class * value[5:]
        gap[5 + kind] = at_class * (value[5 + kind] - 1)
