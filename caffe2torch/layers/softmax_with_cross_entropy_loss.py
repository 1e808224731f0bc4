"""SoftmaxWithCrossEntropyLoss: how far one softmax is from another (venkai and others)."""

from __future__ import annotations

from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._loss import NO_GRADIENT, normalization
from caffe2torch.layers._loss import loss_divisor as loss_divisor
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, literal
from caffe2torch.layers.lazy import torch


class SoftmaxWithCrossEntropyLoss(Layer):
    """Sum of t · (log t - log p) over its divisor, p and t the softmax of scores and of targets.

    Shape:    scores (N, C, ...), targets of the same shape -> ()[, p]
    Params:   softmax_param axis [1]; loss_param normalization [VALID]: N · ..., BATCH_SIZE: N,
              NONE: 1; ignore_label, without effect
    Weights:  none
    Differs:  nothing: the gradient is p - t, over the divisor
    Raises:   ShapeError if the shapes differ
    Source:   Hinton et al., Distilling the Knowledge (2015); a public fork's
              softmax_cross_entropy_loss_layer.cu
    """

    type = "SoftmaxWithCrossEntropyLoss"
    origin = "single forks"
    bottoms, tops = 2, (1, 2)
    loss = True
    applies = "Softmax"
    paired = True
    no_gradient = {1: NO_GRADIENT}
    examples = (Example("", bottoms=[(4, 3), (4, 3)]), Example("", bottoms=[(2, 3, 4), (2, 3, 4)]))

    def shapes(self, x: Site) -> list[Shape]:
        scores, targets = x.bottoms
        if scores != targets:
            raise ShapeError(f"bottoms {scores} and {targets} differ", field="bottom")
        x.axis(x.param.softmax_param.axis, "softmax_param.axis")
        return [(), scores][: max(x.n_tops, 1)]

    def code(self, x: Site) -> Code:
        axis = x.axis(x.param.softmax_param.axis, "softmax_param.axis")
        settings = f"{axis}, {literal(normalization(x))}"
        loss = f"CaffeSoftmaxDistance.apply({{0}}, {{1}}, {settings})"
        probabilities = f"{{0}}.softmax({axis}).detach()"
        return Code(call=f"({loss}, {probabilities})" if x.n_tops > 1 else loss)


class CaffeSoftmaxDistance(torch.autograd.Function):
    """Distance of two softmaxes along an axis; the gradient is their difference."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, targets: torch.Tensor, axis: int, normalization: str
    ) -> torch.Tensor:
        """Give the loss of scores and targets of one shape, a scalar."""
        p, t = x.softmax(axis), targets.softmax(axis)
        outer = x.flatten(0, axis).shape[0] // x.shape[axis]
        ctx.divisor = loss_divisor(normalization, None, x.numel() // x.shape[axis], outer)
        ctx.save_for_backward(p - t)
        # no smaller than FLT_MIN
        logs = t.clamp(min=1.1754944e-38).log() - p.clamp(min=1.1754944e-38).log()
        return (t * logs).sum() / ctx.divisor

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        """Give (p - t) over the divisor."""
        return gradient * ctx.saved_tensors[0] / ctx.divisor, None, None, None
