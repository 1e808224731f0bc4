"""CenterLoss: features near the centre of their class."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers._loss import NO_GRADIENT, check_flat, scalar
from caffe2torch.layers.base import Blob, Example, Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch

EXAMPLE = 'center_loss_param { num_output: 3 center_filler { type: "xavier" } }'


class CenterLoss(Layer):
    """Half the mean squared distance of each feature to the centre of its label.

    Shape:    x (N, any), label (N) or (N, 1, 1, 1) -> ()
    Params:   num_output > 0, the number of classes; center_filler; axis [1]: features begin there
    Weights:  center (num_output, K)
    Differs:  as in the paper the centres do not follow the gradient: a centre's is the sum of
              (centre - feature) over its features divided by their number + 1, without loss_weight
    Raises:   ShapeError if num_output is missing or the labels are not one number an item
    Source:   Wen et al., A Discriminative Feature Learning Approach (2016), equations 2 to 4;
              caffe-face center_loss_layer.cpp
    """

    type = "CenterLoss"
    origin = "caffe-face"
    bottoms = 2
    loss = True
    label_bottom = 1
    no_gradient = {1: NO_GRADIENT}
    param_field = "center_loss_param"
    examples = (Example(EXAMPLE, bottoms=[(4, 5), (4,)], integer=(1,)),)

    def shapes(self, x: Site) -> list[Shape]:
        if x.param.center_loss_param.num_output < 1:
            raise ShapeError(
                "num_output is missing",
                field="center_loss_param.num_output",
                hint="write the number of classes",
            )
        check_flat(x, 1)
        return scalar(x)

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.center_loss_param
        axis = x.axis(param.axis, "center_loss_param.axis")
        shape = (param.num_output, math.prod(x.bottoms[0][axis:]))
        return {"center": filled(shape, param.center_filler, "center_loss_param.center_filler")}

    def classes(self, x: Site) -> int:
        return x.param.center_loss_param.num_output

    def ignored_label(self, x: Site) -> int | None:
        return None

    def code(self, x: Site) -> Code:
        classes, features = self.blobs(x)["center"].shape
        return Code(f"CaffeCenterLoss({classes}, {features})")


class CaffeToCenters(torch.autograd.Function):
    """Half the mean squared distance of features to centres, with the paper's two gradients."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, center: torch.Tensor, label: torch.Tensor
    ) -> torch.Tensor:
        """Loss, a scalar, of x (N, K), centres (classes, K) and labels (N,)."""
        distance = x - center[label]
        ctx.save_for_backward(distance, label)
        ctx.classes = len(center)
        return distance.square().sum() / len(x) / 2

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        """Give distance / N · gradient, and -sum of distances / (count + 1) for the centres."""
        distance, label = ctx.saved_tensors
        count = torch.bincount(label, minlength=ctx.classes)[:, None]
        total = distance.new_zeros((ctx.classes, distance.shape[1]))
        total.index_add_(0, label, distance)
        return distance * gradient / len(distance), -total / (count + 1), None


class CaffeCenterLoss(nn.Module):
    """Half the mean squared distance of features (N, any) to the centres of labels (N, ...)."""

    def __init__(self, classes: int, features: int) -> None:
        super().__init__()
        self.center = nn.Parameter(torch.zeros(classes, features))

    def forward(self, x: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        rows = x.reshape(-1, self.center.shape[1])
        loss: torch.Tensor = CaffeToCenters.apply(rows, self.center, label.long().flatten())
        return loss
