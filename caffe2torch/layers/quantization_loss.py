"""QuantizationLoss: codes shall be near -1 or 1 (deep hashing)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class QuantizationLoss(Layer):
    """Mean of log(cosh(|x| - 1)), a smooth | |x| - 1 |.

    Shape:    codes (N, any) -> ()
    Params:   threshold [-1]: where | |x| - 1 | is above it, if it is positive, the value is
              |x| - 1 - log(2)
    Weights:  none
    Differs:  as in the fork, the value is divided by the number of all numbers and the gradient,
              sign(x) · tanh(|x| - 1), by N alone
    Raises:   ShapeError for a bottom without axes
    Source:   Zhu et al., Deep Hashing Network for Efficient Similarity Retrieval (2016); its
              caffe src/caffe/layers/quantization_loss_layer.cu
    """

    type = "QuantizationLoss"
    origin = "deep hashing"
    loss = True
    param_field = "quantization_param"
    examples = (Example("", bottoms=[(4, 3)], low=-2.0, high=2.0),)

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        if not x.bottoms[0]:
            raise ShapeError("takes codes (N, any), not a single number", field="bottom")
        return [()]

    def code(self, x: Site) -> Code:
        return op(quantization_loss, threshold=x.param.quantization_param.threshold)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0])


class CaffeQuantizationLoss(torch.autograd.Function):
    """Mean of log(cosh(|x| - 1)), with a gradient that is divided by the items alone."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, threshold: float) -> Any:
        far = x.abs() - 1
        ctx.save_for_backward(torch.where(x >= 0, 1.0, -1.0) * far.tanh() / len(x))
        linear = far.abs() + F.softplus(-2 * far.abs())  # log(cosh) + log(2), for any size
        losses = linear - 0.6931471805599453
        if threshold > 0:
            losses = torch.where(far > threshold, far - 0.6931471805599453, losses)
        return losses.mean()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        return grad * ctx.saved_tensors[0], None


def quantization_loss(x: torch.Tensor, threshold: float) -> torch.Tensor:
    """The loss of codes (N, any), a scalar."""
    return CaffeQuantizationLoss.apply(x, threshold)
