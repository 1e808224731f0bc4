"""RegionLoss: the loss of YOLO v2 (Intel Caffe)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers._boxes import box_overlap
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers._yolo import check_regions, region_boxes, split_regions
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

EXAMPLE = "region_loss_param { side: 3 num_class: 2 num: 2 biases: [1, 1, 2, 2] }"


class RegionLoss(Layer):
    """Sum of squared errors of the boxes, objectness and classes of a YOLO v2 output.

    Shape:    x (N, num * (coords + num_class + 1), side, side), truth (1, 1, G, 8): image (-1:
              none), label from 1, instance, corners in fractions, difficult -> ()
    Params:   num_class [20]; coords [4]; num [5] anchors; biases: width and height of each in
              cells; side has no effect, the bottom has it; bias_match [1]: an object takes the
              anchor of the nearest size, else the predicted box; thresh [0.2]: a box that
              overlaps an object more is not pushed to no object; object_scale [1]; noobject_scale
              [0.5]; class_scale [1]; coord_scale [5]; softmax, jitter, rescore, absolute, random:
              without effect there
    Weights:  none
    Differs:  the loss is the sum of the squares of what the gradient is (times N), as in Intel's
              layer: its gradient is not the derivative of its value. An object without width
              or height is left out (there it changes the first cell).
    Raises:   ShapeError if the sizes do not fit, or the truth is not SSD's; UnsupportedError for
              softmax_tree, class_map and coords other than 4
    Source:   Redmon, Farhadi, YOLO9000 (2016); Intel Caffe region_loss_layer.cpp
    """

    type = "RegionLoss"
    origin = "intel"
    bottoms = 2
    loss = True
    no_gradient = {1: "cannot run backward to its labels"}
    param_field = "region_loss_param"
    examples = (Example(EXAMPLE, bottoms=[(2, 14, 3, 3), (1, 1, 2, 8)], low=0.1, high=0.9),)

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.region_loss_param
        check_regions(x, param.num, param.num_class, len(param.biases), self.param_field)
        if x.bottoms[0][2:3] != x.bottoms[0][3:]:
            raise ShapeError(f"takes a square of cells, not {x.bottoms[0][2:]}", field="bottom")
        if x.shape(1, 1)[-1] not in (5, 8):
            raise ShapeError(
                f"truth of shape {x.bottoms[1]} does not have 8 columns",
                field="bottom",
                hint="AnnotatedData gives (1, 1, G, 8)",
            )
        if param.softmax_tree or param.class_map or param.coords != 4:
            raise UnsupportedError("softmax_tree, class_map and coords other than 4 are not done")
        return [()]

    def code(self, x: Site) -> Code:
        if x.bottoms[1][-1] == 5:
            refuse_to_run(x, "its truth has Darknet's five columns, of which the shape is known")
        param = x.param.region_loss_param
        return op(
            region_loss,
            biases=tuple(param.biases),
            by_anchor=bool(param.bias_match),
            thresh=param.thresh,
            object_scale=param.object_scale,
            noobject_scale=param.noobject_scale,
            class_scale=param.class_scale,
            coord_scale=param.coord_scale,
        )


def region_loss(
    x: torch.Tensor,
    truth: torch.Tensor,
    biases: tuple[float, ...],
    by_anchor: bool,
    thresh: float,
    object_scale: float,
    noobject_scale: float,
    class_scale: float,
    coord_scale: float,
) -> torch.Tensor:
    """Sum of squared errors, a scalar, for objects (1, 1, G, 8); the gradient is errors / N."""
    cells = split_regions(x, len(biases) // 2)
    values = cells.detach()
    boxes = region_boxes(values, biases)
    objectness = values[..., 4].sigmoid()
    errors = torch.zeros_like(values)
    errors[..., 4] = noobject_scale * objectness.square() * (1 - objectness)
    rows = truth.detach().reshape(-1, 8)
    rows = rows[(rows[:, 5:7] > rows[:, 3:5]).all(dim=1)]
    for n in range(len(x)):
        objects = rows[rows[:, 0] == n]
        near = box_overlap(boxes[n].reshape(-1, 4), objects[:, 3:7]) > thresh
        errors[n, ..., 4].masked_fill_(near.any(dim=1).view(objectness.shape[1:]), 0)
        for label, *corners in objects[:, [1, 3, 4, 5, 6]].tolist():
            at, error = region_errors(
                values[n], boxes[n], corners, int(label) - 1, biases, by_anchor
            )
            scale = [coord_scale] * 4 + [object_scale] + [class_scale] * (len(error) - 5)
            errors[n][at] = error * error.new_tensor(scale)
    along = (cells * errors).sum() / len(x)
    return along + (errors.square().sum() - along).detach()


def region_errors(
    cells: torch.Tensor,
    boxes: torch.Tensor,
    corners: list[float],
    label: int,
    biases: tuple[float, ...],
    by_anchor: bool,
) -> tuple[tuple[int, ...], torch.Tensor]:
    """Where an object belongs (row, column, anchor), and the errors (5 + C,) there, unscaled.

    cells (H, W, A, 5 + C), boxes (H, W, A, 4): outputs and boxes of one image.
    """
    h, w = cells.shape[:2]
    size = cells.new_tensor([(corners[2] - corners[0]) * w, (corners[3] - corners[1]) * h])
    center = cells.new_tensor(
        [(corners[0] + corners[2]) / 2 * w, (corners[1] + corners[3]) / 2 * h]
    )
    column, row = min(int(center[0]), w - 1), min(int(center[1]), h - 1)
    anchors = cells.new_tensor(biases).view(-1, 2)
    guess = anchors if by_anchor else (boxes[row, column, :, 2:] - boxes[row, column, :, :2])
    guess = guess if by_anchor else guess * guess.new_tensor([w, h])
    both = torch.minimum(guess, size).prod(dim=1)
    best = int((both / (guess.prod(dim=1) + size.prod() - both)).argmax())
    cell = cells[row, column, best]
    xy, p = cell[:2].sigmoid(), cell[4].sigmoid()
    shift = (center - center.new_tensor([column, row]) - xy).clamp(-1, 1) * xy * (1 - xy)
    stretch = ((size / anchors[best]).log() - cell[2:4]).clamp(-1, 1)
    classes = cell[5:].softmax(dim=0)
    classes[label] -= 1
    confidence = -2 * (1 - p).pow(3) * p * (1 - p)
    return (row, column, best), torch.cat((-shift, -stretch, confidence[None], classes))
