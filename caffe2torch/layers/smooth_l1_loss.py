"""SmoothL1Loss: quadratic near zero, linear beyond (Fast R-CNN, SSD)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class SmoothL1Loss(Layer):
    """Sum of outside * smooth(inside * (prediction - target)), by default over the batch size.

    Shape:    prediction (N, C, H, W), target the same[, inside the same, outside the same] -> ()
    Params:   sigma [1]: smooth(d) is 0.5 (sigma d)^2 for |d| < 1/sigma^2, else |d| - 0.5/sigma^2;
              loss_param normalization NONE leaves out the division by N, the others mean N
    Weights:  none
    Differs:  with three bottoms (early Fast R-CNN) the third is `inside`. Caffe's gradient has
              no term for the weights themselves, and so none is given here.
    Raises:   ShapeError if the bottoms do not have one shape, or sigma is 0
    Source:   Girshick, Fast R-CNN (2015); py-faster-rcnn's caffe smooth_L1_loss_layer.cu
    """

    type = "SmoothL1Loss"
    origin = "fast-rcnn"
    bottoms = (2, 4)
    loss = True
    paired = True
    param_field = "smooth_l1_loss_param"
    examples = (
        Example("", bottoms=[(3, 8), (3, 8)]),
        Example("smooth_l1_loss_param { sigma: 3 }", bottoms=[(2, 4, 3, 2)] * 4),
        Example("loss_param { normalization: NONE }", bottoms=[(2, 4)] * 3),
    )

    def shapes(self, x: Site) -> list[Shape]:
        same_shapes(x)
        if x.param.smooth_l1_loss_param.sigma == 0:
            raise ShapeError(
                "sigma is 0, and the loss turns linear at 1 / sigma²",
                field="smooth_l1_loss_param.sigma",
                hint="remove it for 1",
            )
        return [()]

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom < 2

    def code(self, x: Site) -> Code:
        loss = x.param.loss_param
        none = loss.normalization == loss.NONE
        return op(smooth_l1_loss, sigma=x.param.smooth_l1_loss_param.sigma, average=not none)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.loss import SquaredLoss

        return SquaredLoss()


def same_shapes(x: Site) -> None:
    """Raise ShapeError unless all bottoms agree as LossLayer and the legacy accessors see them."""
    padded = [(*shape, *(1,) * (4 - len(shape))) for shape in x.bottoms]
    for name, shape, full in zip(x.bottom_names, x.bottoms, padded, strict=True):
        if full != padded[0]:
            raise ShapeError(
                f"bottom {name!r} has shape {shape} and {x.bottom_names[0]!r} {x.bottoms[0]}; "
                f"all {plural(len(x.bottoms), 'bottom')} must have one shape",
                field="bottom",
            )


def smooth_l1_loss(
    prediction: torch.Tensor,
    target: torch.Tensor,
    *weights: torch.Tensor,
    sigma: float,
    average: bool,
) -> torch.Tensor:
    """Weighted smooth L1 distance, a scalar. weights: inside[, outside], like prediction."""
    difference = prediction - target.reshape(prediction.shape)
    if weights:
        difference = weights[0].detach().reshape(difference.shape) * difference
    size = difference.abs()
    square = 0.5 * sigma**2 * difference * difference
    error = torch.where(size < 1 / sigma**2, square, size - 0.5 / sigma**2)
    if len(weights) > 1:
        error = error * weights[1].detach().reshape(error.shape)
    return error.sum() / (len(prediction) if average else 1)
