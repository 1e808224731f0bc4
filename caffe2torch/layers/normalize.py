"""Normalize: divide by the L2 norm, then scale by learned numbers."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers._loss import legacy_shape
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Blob, Example, Layer, Moments, Role, Shape, Site, constant
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import nn, torch


class Normalize(Layer):
    """weight · x / sqrt(Σ x² + eps), the sum over an image or over the channels of a pixel.

    Shape:    x (N, C, H, W) -> (N, C, H, W); at least 2 axes[, NormFace's: the norms (N, 1, 1, 1),
              or (N, 1, H, W) without across_spatial]
    Params:   across_spatial [true]; channel_shared [true]; eps [1e-10];
              scale_filler, by default constant 1
    Weights:  weight (), or (C) with channel_shared: false
    Differs:  with one weight a channel the fork's gradient of x leaves the weights out of the sum
              (Σ g·x for Σ weight·g·x); ours does too, so that training is the same
    Raises:   ShapeError for a bottom of 1 or more than 4 axes; UnsupportedError where the norms
              are to run: the gradient through them is not published
    Source:   Liu, Rabinovich and Berg 2015 (ParseNet); normalize_layer.cpp of SSD's Caffe fork
    """

    type = "Normalize"
    origin = "ssd"
    tops = (1, 2)
    roles = frozenset({Role.NORMALIZER})
    param_field = "norm_param"
    examples = (
        Example("", bottoms=[(2, 3, 4, 5)]),
        Example(
            "norm_param { across_spatial: false channel_shared: false "
            'scale_filler { type: "constant" value: 20 } }',
            bottoms=[(2, 3, 4, 5)],
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        if not 2 <= len(x.bottoms[0]) <= 4:
            raise ShapeError(
                f"takes a bottom of 2 to 4 axes, not {x.bottoms[0]}",
                field="bottom",
                hint="add a Reshape layer in front",
            )
        n, _, h, w = legacy_shape(x, 0)
        norms = (n, 1, 1, 1) if x.param.norm_param.across_spatial else (n, 1, h, w)
        return [x.bottoms[0], norms][: x.n_tops]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.norm_param
        shape: Shape = () if param.channel_shared else (x.bottoms[0][1],)
        filler = param.scale_filler if param.HasField("scale_filler") else constant(1)
        return {"weight": filled(shape, filler, "norm_param.scale_filler")}

    def code(self, x: Site) -> Code:
        if x.n_tops > 1:
            refuse_to_run(
                x, "the gradient through its norms is a fork's own", "remove its second top"
            )
        param = x.param.norm_param
        channels = 0 if param.channel_shared else x.bottoms[0][1]
        items = f"{channels}, across_spatial={param.across_spatial}, eps={number(param.eps)}"
        return Code(f"CaffeNormalize({items})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.normalize import L2

        filler = x.param.norm_param.scale_filler
        return L2(filler.value if filler.type == "constant" and filler.value else 1.0)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 2 * math.prod(tops[0])


class CaffeNormalizeFunction(torch.autograd.Function):
    """weight · x / norm over `axes`, with the fork's gradient."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, axes: Any, eps: float
    ) -> torch.Tensor:
        norm = (x.square().sum(axes, keepdim=True) + eps).sqrt()
        unit = x / norm
        ctx.save_for_backward(unit, norm, weight)
        ctx.axes = axes
        return unit * weight

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        unit, norm, weight = ctx.saved_tensors
        along = (grad * unit).sum(ctx.axes, keepdim=True)
        weight_grad = (grad * unit).sum_to_size(weight.shape)
        return (grad - unit * along) / norm * weight, weight_grad, None, None


class CaffeNormalize(nn.Module):
    """weight · x / sqrt(Σ x² + eps); channels 0 for one weight for all."""

    def __init__(self, channels: int, across_spatial: bool = True, eps: float = 1e-10) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones((channels,) if channels else ()))
        self.across_spatial, self.eps = across_spatial, eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        axes = tuple(range(1, x.dim())) if self.across_spatial else (1,)
        weight = self.weight.view(-1, *[1] * (x.dim() - 2))
        return CaffeNormalizeFunction.apply(x, weight, axes, self.eps)
