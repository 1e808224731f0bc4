"""HingeLoss: one-against-all hinge loss."""

from __future__ import annotations

import math

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.layers._loss import NO_GRADIENT, legacy_shape, scalar
from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code, Late, op
from caffe2torch.layers.lazy import torch


class HingeLoss(Layer):
    """Sum of max(0, 1 - s) / N, or of its square, where s is the score, negated for wrong classes.

    Shape:    scores (N, ...), labels (N) counting the values of an item -> ()
    Params:   norm [L1], or L2 for the square
    Weights:  none
    Differs:  a score that is NaN makes the loss NaN here. Caffe counts it as 0, so that a run
              that has diverged shows a loss of 0
    Raises:   ShapeError if there are fewer labels than items, or for more than 4 axes
    Source:   Caffe src/caffe/layers/hinge_loss_layer.cpp
    """

    type = "HingeLoss"
    bottoms = 2
    loss = True
    label_bottom = 1
    no_gradient = {1: NO_GRADIENT}
    param_field = "hinge_loss_param"
    examples = (
        Example(bottoms=[(4, 3), (4,)], integer=(1,)),
        Example("hinge_loss_param { norm: L2 }", bottoms=[(2, 3, 2), (2, 1)], integer=(1,)),
    )

    def shapes(self, x: Site) -> list[Shape]:
        shapes = scalar(x)
        n, labels = legacy_shape(x, 0)[0], math.prod(x.bottoms[1])
        if labels < n:
            raise ShapeError(f"{labels} labels for {n} items", field="bottom")
        return shapes

    def ignored_label(self, x: Site) -> int | None:
        return None

    def late(self, x: Site) -> Late:
        hinge = x.param.hinge_loss_param
        return Late(f"late_hinge(g, b[1], x[0], x[1], {hinge.norm == hinge.L2})")

    def residue(self, x: Site) -> str:
        return "hinge_margins({0}.detach(), {1})"

    def code(self, x: Site) -> Code:
        hinge = x.param.hinge_loss_param
        return op(hinge_loss, squared=hinge.norm == hinge.L2)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import loss

        return loss.HingeLoss(x.param.hinge_loss_param.norm == pb.HingeLossParameter.L2)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0])


def hinge_margins(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """max(0, 1 - s), the scores negated for wrong classes: (N, ...) -> (N, values of an item).

    The labels (N) index the values of an item flat.
    """
    n = len(scores)
    scores = scores.reshape(n, -1)
    labels = labels.reshape(-1)[:n, None].long()
    return torch.relu(1 + scores * torch.ones_like(scores).scatter_(1, labels, -1.0))


def hinge_loss(scores: torch.Tensor, labels: torch.Tensor, squared: bool) -> torch.Tensor:
    """Hinge loss of scores (N, ...), whose items the labels (N) index flat."""
    margins = hinge_margins(scores, labels)
    return (margins.square() if squared else margins).sum() / len(scores)


def late_hinge(
    grad: torch.Tensor, late: torch.Tensor, scores: torch.Tensor, labels: torch.Tensor,
    squared: bool,
) -> tuple[torch.Tensor, None]:  # fmt: skip
    """The gradient from labels that were overwritten after the margins were computed."""
    margins = hinge_margins(scores, labels)
    slope = 2 * margins if squared else margins.sign()
    late = late.reshape(-1)[: len(scores), None].long()
    signs = torch.ones_like(slope).scatter_(1, late, -1.0)
    return (grad * slope * signs / len(scores)).reshape(scores.shape), None
