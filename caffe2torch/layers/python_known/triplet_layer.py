"""TripletLayer: an anchor nearer to a positive than to a negative by 1 (tripletloss)."""

from __future__ import annotations

from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.python_known.base import KnownLayer


class TripletLayer(KnownLayer):
    """max(0, 1 + |a - p|² - |a - n|²) summed over the items, divided by twice their number.

    Shape:    anchors, positives, negatives (N, C) -> (1)
    Params:   none; the margin is 1
    Weights:  none
    Differs:  as in the project, the gradient does not follow a weight of the loss: that of each
              triplet above 0 is the difference of the other two over N
    Raises:   ShapeError if the bottoms differ
    Source:   Schroff et al., FaceNet (2015); tripletloss, tripletloss/tripletlosslayer.py
    """

    origin = "tripletloss"
    names = (("tripletlosslayer", "TripletLayer"),)
    bottoms = 3

    def shapes(self, x: Site) -> list[Shape]:
        if len(set(x.bottoms)) > 1:
            raise ShapeError(f"got bottoms {x.bottoms}; all must match", field="bottom")
        return [(1,)]

    def code(self, x: Site) -> Code:
        return op(python_triplet_loss)


class PythonTripletLossFunction(torch.autograd.Function):
    """The loss of triplets (N, C), with the project's gradient."""

    @staticmethod
    def forward(ctx: Any, a: torch.Tensor, p: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
        short = 1 + (a - p).square().flatten(1).sum(1) - (a - n).square().flatten(1).sum(1)
        ctx.save_for_backward(a, p, n, short)
        return (short.clamp(min=0).sum() / (2 * len(a))).reshape(1)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        a, p, n, short = ctx.saved_tensors
        counts = (short > 0).to(a.dtype).reshape(-1, *[1] * (a.dim() - 1)) / len(a)
        return (n - p) * counts, (p - a) * counts, (a - n) * counts


def python_triplet_loss(a: torch.Tensor, p: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
    """Loss (1) of anchors, positives and negatives (N, C)."""
    loss: torch.Tensor = PythonTripletLossFunction.apply(a, p, n)
    return loss
