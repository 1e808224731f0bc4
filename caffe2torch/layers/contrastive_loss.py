"""ContrastiveLoss: pulls similar pairs together and pushes others apart (siamese nets)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._loss import check_flat, legacy_shape, scalar
from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class ContrastiveLoss(Layer):
    """Sum over pairs of d² if similar, else max(0, margin - d)², divided by 2N; d is |a - b|.

    Shape:    a (N, C[, 1, 1]), b the same, similar (N): 0 or not -> ()
    Params:   margin [1]; legacy_version [false]: max(0, margin - d²) for dissimilar pairs
    Weights:  none
    Differs:  as in Caffe the gradient of a dissimilar pair divides by d + 1e-4, not by d
    Raises:   ShapeError if the bottoms are not of these shapes
    Source:   Hadsell, Chopra and LeCun, Dimensionality Reduction by Learning an Invariant
              Mapping (2006); Caffe src/caffe/layers/contrastive_loss_layer.cpp
    """

    type = "ContrastiveLoss"
    bottoms = 3
    loss = True
    no_gradient = {2: "cannot run backward to its third bottom, which says what is similar"}
    param_field = "contrastive_loss_param"
    examples = (
        Example(bottoms=[(4, 3), (4, 3), (4,)], integer=(2,), classes=2),
        Example("contrastive_loss_param { margin: 6 legacy_version: true }",
                bottoms=[(4, 3, 1, 1), (4, 3), (4, 1, 1, 1)], integer=(2,), classes=2),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        shapes = scalar(x)
        a, b = legacy_shape(x, 0), legacy_shape(x, 1)
        if a != b or a[2:] != (1, 1):
            raise ShapeError(
                f"bottoms {x.bottoms[0]} and {x.bottoms[1]} must both be (N, C) or (N, C, 1, 1)",
                field="bottom",
                hint="put a Flatten in front",
            )
        check_flat(x, 2)
        if math.prod(x.bottoms[2]) < a[0]:
            raise ShapeError(
                f"{math.prod(x.bottoms[2])} values in {x.bottom_names[2]!r} for {a[0]} pairs",
                field="bottom",
            )
        return shapes

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom != 2

    def label_range(self, x: Site, bottom: int) -> int | None:
        return 2 if bottom == 2 else None

    def rereads(self, x: Site) -> tuple[int, ...]:
        return (2,)

    def code(self, x: Site) -> Code:
        contrastive = x.param.contrastive_loss_param
        return op(contrastive_loss, margin=contrastive.margin, legacy=contrastive.legacy_version)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.loss import SquaredLoss

        return SquaredLoss()

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0])


class CaffeContrastiveLoss(torch.autograd.Function):
    """Contrastive loss of the differences (N, C) of pairs, with Caffe's gradient."""

    @staticmethod
    def forward(
        ctx: Any, difference: torch.Tensor, similar: torch.Tensor, margin: float, legacy: bool
    ) -> torch.Tensor:
        """Give the loss, a scalar; similar is (N, 1), true for similar pairs."""
        square = difference.square().sum(1, keepdim=True)
        distance = square.sqrt()
        gap = margin - (square if legacy else distance)
        far = torch.relu(gap) if legacy else torch.relu(gap).square()
        factor = -torch.ones_like(gap) if legacy else -gap / (distance + 1e-4)
        slope = torch.where(similar, 1.0, torch.where(gap > 0, factor, 0.0))
        ctx.save_for_backward(difference * slope / len(difference))
        return torch.where(similar, square, far).sum() / len(difference) / 2

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        """Give the gradient towards the differences."""
        (slope,) = ctx.saved_tensors
        return gradient * slope, None, None, None


def contrastive_loss(
    a: torch.Tensor, b: torch.Tensor, similar: torch.Tensor, margin: float, legacy: bool
) -> torch.Tensor:
    """Contrastive loss of a and b, both (N, C); similar holds N values, cut to whole numbers."""
    difference = a.reshape(len(a), -1) - b.reshape(len(a), -1)
    similar = similar.reshape(-1, 1)[: len(a)].trunc() != 0
    return CaffeContrastiveLoss.apply(difference, similar, margin, legacy)
