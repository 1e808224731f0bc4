"""TransformSoftmaxLoss: the softmax loss of labels that a file gives new classes (yjxiong)."""

from __future__ import annotations

import math

from caffe2torch.layers._label_transform import check_scores, new_classes
from caffe2torch.layers._loss import NO_GRADIENT, scalar
from caffe2torch.layers._straight import CaffeClamp
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import F, nn, torch


class TransformSoftmaxLoss(Layer):
    """-log(softmax(scores)[class of the label]), at most 87.3365 a label, summed, divided by N.

    Shape:    scores (N, C), labels (N,) -> ()
    Params:   label_transform_file: its number i is the class of label i; a label whose class is
              below 0 costs nothing, but counts in N
    Weights:  none; the classes are written into the source
    Differs:  a label beyond the file is an error here; the fork reads other memory
    Raises:   ShapeError if the bottoms do not fit or the file's classes are not 0 to C - 1;
              DataError if it cannot be read
    Source:   yjxiong's caffe (2014) transform_softmax_loss_layer.cpp
    """

    type = "TransformSoftmaxLoss"
    aliases = ("TRANSFORM_SOFTMAX_LOSS",)
    origin = "yjxiong"
    bottoms = 2
    loss = True
    applies = "Softmax"
    no_gradient = {1: NO_GRADIENT}
    param_field = "label_transform_param"

    def shapes(self, x: Site) -> list[Shape]:
        check_scores(x)
        return scalar(x)

    def code(self, x: Site) -> Code:
        classes = " ".join(map(str, new_classes(x)))
        return Code(f"CaffeTransformSoftmaxLoss({classes!r})")

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 2 * math.prod(x.bottoms[0])


class CaffeTransformSoftmaxLoss(nn.Module):
    """Softmax loss of scores (N, C) and labels (N,), whose classes are given, one a label."""

    classes: torch.Tensor

    def __init__(self, classes: str) -> None:
        super().__init__()
        table = torch.tensor([int(word) for word in classes.split()], device="cpu")
        self.register_buffer("classes", table, persistent=False)

    def forward(self, scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Give the loss, a scalar."""
        wanted = self.classes.index_select(0, labels.flatten().long())
        wanted = wanted.where(wanted >= 0, -1)
        losses = F.cross_entropy(scores.flatten(1), wanted, ignore_index=-1, reduction="none")
        losses = CaffeClamp.apply(losses, None, 87.33654475055310)  # -log(FLT_MIN)
        return losses.sum() / len(losses)
