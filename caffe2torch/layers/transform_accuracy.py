"""TransformAccuracy: accuracy of labels that a file gives new classes (yjxiong)."""

from __future__ import annotations

import math

from caffe2torch.layers._label_transform import check_scores, new_classes
from caffe2torch.layers._loss import scalar
from caffe2torch.layers.accuracy import check_top_k
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch


class TransformAccuracy(Layer):
    """Share of labels whose class is among the top_k of its scores; a class below 0 never is.

    Shape:    scores (N, C), labels (N,) -> ()
    Params:   label_transform_file: its number i is the class of label i; accuracy_param top_k [1]
    Weights:  none; the classes are written into the source
    Differs:  a label beyond the file is an error here; the fork reads other memory. Of equal
              scores the later class is the better one, as in the fork.
    Raises:   ShapeError if the bottoms do not fit, the file's classes are not 0 to C - 1, or
              top_k is more than C; DataError if it cannot be read; GraphError if a gradient must
              pass: the fork has none
    Source:   yjxiong's caffe (2014) transform_accuracy_layer.cpp
    """

    type = "TransformAccuracy"
    aliases = ("TRANSFORM_ACCURACY",)
    origin = "yjxiong"
    bottoms = 2
    keeps_output = False
    roles = frozenset({Role.METRIC})
    no_gradient = dict.fromkeys((0, 1), "has no gradient: it is no loss")
    param_field = "label_transform_param"

    def shapes(self, x: Site) -> list[Shape]:
        check_scores(x)
        check_top_k(x, x.bottoms[0][1])
        return scalar(x)

    def code(self, x: Site) -> Code:
        classes = " ".join(map(str, new_classes(x)))
        init = f"CaffeTransformAccuracy({classes!r}, {x.param.accuracy_param.top_k})"
        return Code(init)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0])


class CaffeTransformAccuracy(nn.Module):
    """Top-k accuracy of scores (N, C) and labels (N,), whose classes are given, one a label."""

    classes: torch.Tensor

    def __init__(self, classes: str, top_k: int) -> None:
        super().__init__()
        self.top_k = top_k
        table = torch.tensor([int(word) for word in classes.split()], device="cpu")
        self.register_buffer("classes", table, persistent=False)

    def forward(self, scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Give the accuracy, a scalar."""
        scores = scores.detach().flatten(1)
        wanted = self.classes.index_select(0, labels.flatten().long())[:, None]
        target = scores.gather(1, wanted.clamp(min=0))
        later = torch.arange(scores.shape[1], device=scores.device) > wanted
        better = (scores > target) | ((scores == target) & later)
        right = (better.sum(1) < self.top_k) & (wanted[:, 0] >= 0)
        return right.to(scores.dtype).mean()
