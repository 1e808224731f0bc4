"""SmoothL1LossOHEM: the smooth L1 loss with a loss for every region (R-FCN)."""

from __future__ import annotations

from typing import Any

from caffe2torch.layers._loss import normalization
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.smooth_l1_loss import same_shapes

FIXED = "loss_param { normalization: PRE_FIXED pre_fixed_normalizer: 8 }"


class SmoothL1LossOHEM(Layer):
    """Smooth L1 distance of weights * (prediction - target), and its sum for every region.

    Shape:    prediction (N, C, H, W), target the same[, weights the same]
              -> ()[, loss of every region (N, 1, H, W)]
    Params:   loss_param: normalization FULL and VALID divide by N*H*W, BATCH_SIZE by N, PRE_FIXED
              by pre_fixed_normalizer, NONE by 1; never by less than 1
    Weights:  none
    Differs:  the gradient leaves the weights out, as R-FCN's does: it is the same only for
              weights 0 (where it is 0) and 1. The second top gives no gradient.
    Raises:   ShapeError if the bottoms do not have one shape
    Source:   Dai et al., R-FCN (2016); R-FCN's caffe smooth_L1_loss_ohem_layer.cu
    """

    type = "SmoothL1LossOHEM"
    origin = "r-fcn"
    bottoms, tops = (2, 3), (1, 2)
    loss = True
    paired = True
    param_field = "loss_param"
    examples = (
        Example("", bottoms=[(3, 8), (3, 8)]),
        Example(f"{FIXED} loss_weight: 1 loss_weight: 0", bottoms=[(3, 8, 1, 1)] * 3, tops=2),
    )

    def shapes(self, x: Site) -> list[Shape]:
        same_shapes(x)
        n, _, h, w = (*x.shape(0, 1, 4), 1, 1, 1)[:4]
        return [(), (n, 1, h, w)][: x.n_tops]

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom < 2

    def code(self, x: Site) -> Code:
        loss = x.param.loss_param
        return op(
            smooth_l1_loss_ohem,
            normalization=normalization(x),
            fixed=loss.pre_fixed_normalizer,
            every=x.n_tops > 1,
        )


def smooth_l1_loss_ohem(
    prediction: torch.Tensor,
    target: torch.Tensor,
    *weights: torch.Tensor,
    normalization: str,
    fixed: float,
    every: bool,
) -> Any:
    """Smooth L1 loss, a scalar; with `every` also its sum for every region (N, 1, H, W)."""
    plain = prediction - target.reshape(prediction.shape)
    difference = plain
    if weights:
        # the value is weighted, the gradient goes to the plain difference
        difference = plain + (weights[0].reshape(plain.shape) * plain - plain).detach()
    size = difference.abs()
    error = torch.where(size < 1, 0.5 * difference * difference, size - 0.5)
    n, _, h, w = (*prediction.shape, 1, 1, 1)[:4]
    counts = {"FULL": n * h * w, "VALID": n * h * w, "BATCH_SIZE": n, "PRE_FIXED": fixed}
    loss = error.sum() / max(1, counts.get(normalization, 1))
    if not every:
        return loss
    return loss, error.detach().reshape(n, -1, h, w).sum(dim=1, keepdim=True)
