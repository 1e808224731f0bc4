"""DetectionLoss: the loss of YOLO's first version."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers._loss import NO_GRADIENT, scalar
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, literal
from caffe2torch.layers.lazy import nn, torch


class DetectionLoss(Layer):
    """Squared errors of classes, boxes and confidences over a grid of side × side cells.

    Each cell predicts num_class scores and num_object boxes with a confidence; of these the one
    that overlaps the truth most (failing any, the nearest) answers for it.

    Shape:    predictions (N, side² · (num_class + 5 · num_object)): for each class, confidence
              and box coordinate a plane of cells; labels (N, 7 · side²): planes of difficult, is
              object, class, then x, y, width, height of each cell in parts of the image -> ()
    Params:   side [7]; num_class [20]; num_object [2]; object_scale [1]; noobject_scale [0.5];
              class_scale [1]; coord_scale [5]; sqrt [true]: width and height are predicted as
              square roots; constriant [false]: x and y are predicted relative to their cell
    Weights:  none
    Differs:  as in the ports, the parts are divided by the number of objects (and of the others),
              the gradient by N alone, and a confidence's gradient aims at the overlap, not at 1.
              Without any object the value is not a number, as theirs
    Raises:   ShapeError for sizes that do not fit
    Source:   Redmon et al., You Only Look Once (2016), equation 3; detection_loss_layer.cpp of
              its Caffe ports
    """

    type = "DetectionLoss"
    origin = "YOLO"
    bottoms = 2
    loss = True
    no_gradient = {1: NO_GRADIENT}
    param_field = "detection_loss_param"
    examples = (
        Example(
            "detection_loss_param { side: 2 num_class: 3 constriant: true }",
            bottoms=[(2, 52), (2, 28)],
            integer=(1,),
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param, shapes = x.param.detection_loss_param, scalar(x)
        if param.HasField("cls_num"):
            return [(1, 1, 1, 2)]  # MS-CNN's, of the same name: shown, and not run
        cells = param.side**2
        wanted = (cells * (param.num_class + 5 * param.num_object), 7 * cells)
        sizes = tuple(math.prod(shape[1:]) for shape in x.bottoms)
        if sizes != wanted:
            raise ShapeError(
                f"an item has {sizes[0]} predictions and {sizes[1]} labels, not {wanted[0]} and "
                f"{wanted[1]}",
                field="detection_loss_param.side",
                hint="side, num_class, num_object and the layer in front must fit",
            )
        return shapes

    def code(self, x: Site) -> Code:
        p = x.param.detection_loss_param
        if p.HasField("cls_num"):
            raise UnsupportedError(
                "this is MS-CNN's layer of the same name, which is shown and not run",
                hint="a plug-in can define it",
            )
        sizes = (p.side, p.num_class, p.num_object, p.sqrt, p.constriant)
        scales = (p.object_scale, p.noobject_scale, p.class_scale, p.coord_scale)
        values = ", ".join(map(literal, (*sizes, scales)))
        return Code(f"CaffeDetectionLoss({values})")


class CaffeGivenGradient(torch.autograd.Function):
    """A value whose gradient is given."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, value: torch.Tensor, slope: torch.Tensor) -> Any:
        ctx.save_for_backward(slope)
        return value.clone()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        return grad * ctx.saved_tensors[0], None, None


class CaffeDetectionLoss(nn.Module):
    """YOLO's loss over side × side cells; scales are those of objects, others, classes, boxes."""

    def __init__(
        self, side: int, classes: int, boxes: int, sqrt: bool, relative: bool, scales: Any
    ) -> None:
        super().__init__()
        self.side, self.classes, self.boxes = side, classes, boxes
        self.sqrt, self.relative, self.scales = sqrt, relative, scales

    def corner(self, like: torch.Tensor) -> torch.Tensor:
        """Column and row of each cell (cells, 2)."""
        cell = torch.arange(self.side**2, device=like.device)
        return torch.stack((cell % self.side, cell // self.side), 1).to(like.dtype)

    def in_image(self, boxes: torch.Tensor) -> torch.Tensor:
        """Predicted boxes (N, cells, boxes, 4) as parts of the image."""
        place, size = boxes[..., :2], boxes[..., 2:]
        if self.relative:
            place = (place + self.corner(boxes)[:, None]) / self.side
        return torch.cat((place, size.square() if self.sqrt else size), -1)

    def in_cell(self, truth: torch.Tensor) -> torch.Tensor:
        """What a box shall predict for the truth (N, cells, 4)."""
        place, size = truth[..., :2], truth[..., 2:]
        if self.relative:
            place = place * self.side - self.corner(truth)
        return torch.cat((place, size.sqrt() if self.sqrt else size), -1)

    def overlap(self, boxes: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Intersection over union of boxes (..., 4) given by centre and size."""
        (a, b), (c, d) = boxes.split(2, -1), truth.split(2, -1)
        size = torch.minimum(a + b / 2, c + d / 2) - torch.maximum(a - b / 2, c - d / 2)
        both = size.prod(-1)
        share = both / (b.prod(-1) + d.prod(-1) - both)
        return torch.where((size < 0).any(-1), 0.0, share)

    def best(self, predicted: torch.Tensor, truth: torch.Tensor) -> Any:
        """Which box answers for the truth (N, cells), and its overlap."""
        boxes, truth = self.in_image(predicted), truth[:, :, None]
        most, which = self.overlap(boxes, truth).max(-1)
        apart = (boxes - truth).square().sum(-1).sqrt()
        near = torch.where(apart.amin(-1) < 20, apart.argmin(-1), 0)
        return torch.where(most > 0, which, near), most.clamp(min=0)

    def parts(self, x: torch.Tensor) -> Any:
        """Scores (N, classes, cells), confidences (N, cells, boxes), boxes (N, cells, boxes, 4)."""
        cells = self.side**2
        sizes = (self.classes * cells, self.boxes * cells, 4 * self.boxes * cells)
        scores, sure, boxes = x.flatten(1).split(sizes, 1)
        scores = scores.reshape(len(x), self.classes, cells)
        sure = sure.reshape(len(x), self.boxes, cells).transpose(1, 2)
        return scores, sure, boxes.reshape(len(x), self.boxes, 4, cells).permute(0, 3, 1, 2)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Give the loss, a scalar."""
        scores, sure, boxes = self.parts(x.detach())
        sizes = [self.side**2 * planes for planes in (1, 1, 1, 4)]
        _, there, kind, truth = labels.detach().flatten(1).split(sizes, 1)
        there, truth = (there != 0).to(x.dtype), truth.reshape(len(x), -1, 4)
        which, overlap = self.best(boxes, truth)
        chosen = torch.zeros_like(sure).scatter(2, which[..., None], there[..., None])
        classes = torch.arange(self.classes, device=x.device)[:, None]
        class_gap = (scores - (classes == kind[:, None].long()).to(x.dtype)) * there[:, None]
        goal = torch.where(there[..., None] > 0, self.in_cell(truth), 0.0)
        box_gap = (boxes - goal[:, :, None]) * chosen[..., None]
        value = self.value(class_gap, box_gap, sure, chosen)
        return CaffeGivenGradient.apply(
            x, value, self.slope(class_gap, box_gap, sure, chosen, overlap).reshape(x.shape)
        )

    def value(
        self, class_gap: torch.Tensor, box_gap: torch.Tensor, sure: torch.Tensor,
        chosen: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """The parts of the objects over their number, and the rest over that of the others."""
        at_object, at_other, at_class, at_box = self.scales
        objects = chosen.sum()
        near = at_class * class_gap.square().sum() + at_box * box_gap.square().sum()
        near = near + at_object * (chosen * (sure - 1).square()).sum()
        far = at_other * ((1 - chosen) * sure.square()).sum()
        return near / objects + far / (sure.numel() - objects)

    def slope(
        self, class_gap: torch.Tensor, box_gap: torch.Tensor, sure: torch.Tensor,
        chosen: torch.Tensor, overlap: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """The gradient (N, any), in the order of the predictions."""
        at_object, at_other, at_class, at_box = self.scales
        near, far = at_object * (sure - overlap[..., None]), at_other * sure
        planes = (
            at_class * class_gap,
            torch.where(chosen > 0, near, far).transpose(1, 2),
            at_box * box_gap.permute(0, 2, 3, 1),
        )
        return torch.cat([plane.flatten(1) for plane in planes], 1) / len(sure)
