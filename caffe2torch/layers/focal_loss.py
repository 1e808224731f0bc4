"""FocalLoss: a softmax loss that counts easy examples less (DeepDetect)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.layers._loss import (
    NO_GRADIENT,
    check_labels,
    ignored_label,
    loss_divisor,
    normalization,
    scalar,
)
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, literal
from caffe2torch.layers.lazy import nn, torch


class FocalLoss(Layer):
    """-alpha · (1 - p)^gamma · log(p) with p the softmax of the label's score, summed, divided.

    Shape:    scores (N, C, any), labels (N, any) -> ()
    Params:   axis [1] of the classes; alpha [0.25]; gamma [2]; loss_param ignore_label,
              normalization, normalize: as in SoftmaxWithLoss
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if there is not one label for each vector of scores
    Source:   Lin et al., Focal Loss for Dense Object Detection (2017), equation 5; DeepDetect's
              caffe focal_loss_layer.cpp
    """

    type = "FocalLoss"
    origin = "deepdetect"
    bottoms = 2
    loss = True
    applies = "Softmax"
    label_bottom = 1
    no_gradient = {1: NO_GRADIENT}
    param_field = "focal_loss_param"
    examples = (
        Example("", bottoms=[(4, 3), (4,)], integer=(1,)),
        Example(
            "loss_param { ignore_label: 1 } focal_loss_param { gamma: 1.5 }",
            bottoms=[(2, 3, 2, 2), (2, 2, 2)],
            integer=(1,),
        ),
    )

    def _axis(self, x: Site) -> int:
        return x.axis(x.param.focal_loss_param.axis, "focal_loss_param.axis")

    def shapes(self, x: Site) -> list[Shape]:
        check_labels(x, self._axis(x))
        return scalar(x)

    def classes(self, x: Site) -> int:
        return x.bottoms[0][self._axis(x)]

    def code(self, x: Site) -> Code:
        param, mode = x.param.focal_loss_param, normalization(x)
        fixed = x.param.loss_param.pre_fixed_normalizer
        settings = (
            param.alpha,
            param.gamma,
            self._axis(x),
            ignored_label(x),
            fixed if mode == "PRE_FIXED" else mode,
        )
        values = ", ".join(map(literal, settings))
        return Code(f"CaffeFocalLoss({values})")

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 2 * math.prod(x.bottoms[0])


class CaffeFocalLoss(nn.Module):
    """Focal loss of scores (N, C, ...) with classes along `axis`, and labels (N, ...)."""

    def __init__(self, alpha: float, gamma: float, axis: int, ignore: Any, mode: Any) -> None:
        super().__init__()
        self.alpha, self.gamma, self.axis = alpha, gamma, axis
        self.ignore, self.mode = ignore, mode

    def forward(self, scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Give the loss, a scalar."""
        n = scores.shape[: self.axis].numel()
        logs = scores.log_softmax(self.axis)
        shape = list(scores.shape)
        shape[self.axis] = 1
        labels = labels.detach().reshape(shape).long()
        valid = None if self.ignore is None else labels != self.ignore
        wanted = labels if valid is None else labels.where(valid, 0)
        log = logs.gather(self.axis, wanted)
        losses = -self.alpha * (1 - log.exp()) ** self.gamma * log.clamp(min=-87.33654475055310)
        if valid is not None:
            losses = losses * valid
        return losses.sum() / loss_divisor(self.mode, valid, labels.numel(), n)
