"""LiftedStructSimilaritySoftmaxLoss: lifts a batch's distances into one loss (Song et al.)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.layers._loss import NO_GRADIENT, check_flat, scalar
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class LiftedStructSimilaritySoftmaxLoss(Layer):
    """Mean over pairs of one label of J² / 2, J = max(0, D(i, j) + log sum exp(margin - D)).

    The sum is over the distances D of i, and of j, to all items of other labels.

    Shape:    x (N, C), labels (N) -> ()
    Params:   lifted_struct_sim_softmax_loss_param margin [1]
    Weights:  none
    Differs:  pairs of distance 0 give no gradient, in Caffe NaN; without pairs of one label, or
              without other labels, the loss is 0, in Caffe NaN or a crash
    Raises:   ShapeError unless there is one label an item
    Source:   Song et al., Deep metric learning via lifted structured feature embedding (2016);
              lifted_struct_similarity_softmax_layer.cpp of its caffe
    """

    type = "LiftedStructSimilaritySoftmaxLoss"
    origin = "Deep-Metric-Learning-CVPR16"
    bottoms = 2
    loss = True
    no_gradient = {1: NO_GRADIENT}
    param_field = "lifted_struct_sim_softmax_loss_param"
    examples = (
        Example("", bottoms=[(5, 3), (5,)], integer=(1,), classes=2),
        Example("lifted_struct_sim_softmax_loss_param { margin: 2 }", bottoms=[(6, 2), (6, 1)],
                integer=(1,), classes=3),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        shapes = scalar(x)
        check_flat(x, 1)
        return shapes

    def code(self, x: Site) -> Code:
        return op(lifted_loss, margin=x.param.lifted_struct_sim_softmax_loss_param.margin)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return x.bottoms[0][0] * math.prod(x.bottoms[0])


def lifted_loss(x: torch.Tensor, labels: torch.Tensor, margin: float) -> Any:
    """Loss, a scalar, of rows (N, any) with labels (N)."""
    rows, labels = x.flatten(1), labels.flatten()
    squares = (rows[:, None] - rows[None]).square().sum(2)
    far = squares > 0
    distances = squares.where(far, torch.ones_like(squares)).sqrt() * far
    same = labels[:, None] == labels[None]
    scores = (margin - distances).masked_fill(same, float("-inf"))
    pairs = same.triu(1) & ~same.all(1, keepdim=True)
    i, j = pairs.nonzero(as_tuple=True)
    if not len(i):
        return x.sum() * 0
    lifted = torch.logaddexp(scores[i].logsumexp(1), scores[j].logsumexp(1))
    return (lifted + distances[i, j]).relu().square().mean() / 2
