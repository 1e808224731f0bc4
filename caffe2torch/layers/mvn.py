"""MVN: subtract the mean and divide by the standard deviation, image by image."""

from __future__ import annotations

from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._straight import CaffeRuled
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, Late, op
from caffe2torch.layers.lazy import torch


class MVN(Layer):
    """(x − mean) / (std + eps) over each channel plane, or over all channels of an image.

    Shape:    x (N, C, H, W), or fewer axes -> always 4 axes, missing ones of size 1
    Params:   normalize_variance [true]; across_channels [false]; eps [1e-09]
    Weights:  none
    Differs:  Caffe's gradient takes std + eps for the std, so that it stays finite on a flat
              image; ours is the same. In place Caffe's gradient is wrong, and so is the one here:
              most of it has overwritten the one that arrives
    Raises:   ShapeError if x has more than 4 axes
    Source:   Caffe src/caffe/layers/mvn_layer.cpp
    """

    type = "MVN"
    roles = frozenset({Role.NORMALIZER})
    param_field = "mvn_param"
    examples = (
        Example("", bottoms=[(2, 3, 4, 5)]),
        Example("mvn_param { across_channels: true }", bottoms=[(4, 6)]),
        Example("mvn_param { normalize_variance: false }", bottoms=[(2, 3, 4, 5)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        shape = x.bottoms[0]
        if len(shape) > 4:
            raise ShapeError(
                f"takes at most 4 axes, not {shape}",
                field="bottom",
                hint="add a Reshape layer in front",
            )
        if x.in_place and x.param.mvn_param.normalize_variance:
            x.notes.append(
                "in place, Caffe's gradient of MVN is wrong (it overwrites the one that arrives "
                "before it has used it), and so is the one here; give its top a name of its own"
            )
        return [shape + (1,) * (4 - len(shape))]

    def late(self, x: Site) -> Late | None:
        param = x.param.mvn_param
        if not param.normalize_variance:
            return None
        axes = "(1, 2, 3)" if param.across_channels else "(2, 3)"
        rule = "late_mvn_in_place" if x.in_place else "late_mvn"
        return Late(f"{rule}(g, t, x[0], {axes}, {param.eps!r})")

    def unasked(self, x: Site) -> tuple[int, ...]:
        return (0,)

    def code(self, x: Site) -> Code:
        param = x.param.mvn_param
        across = param.across_channels
        if not param.normalize_variance:
            return op(mvn_mean, across_channels=across)
        return op(mvn_in_place if x.in_place else mvn, eps=param.eps, across_channels=across)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import normalize

        return normalize.MVN(x.param.mvn_param.normalize_variance, x.param.mvn_param.eps)


class CaffeMVN(torch.autograd.Function):
    """(x − mean) / (std + eps) over `axes`, the last ones, with Caffe's gradient.

    torch's layer normalization in its native kernels, with 1 / (std + eps) for its 1 / std.
    """

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, axes: Any, eps: float) -> torch.Tensor:
        shape = x.shape[axes[0] :]
        tiny = 1e-30 if eps else 0.0  # a flat image has a finite 1 / std then
        y, mean, inverse = torch.native_layer_norm(x, shape, None, None, tiny)
        ours = 1 / (1 / inverse + eps)
        ctx.save_for_backward(x, mean, ours)
        ctx.shape = shape
        return y.mul_(ours / inverse)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        x, mean, inverse = ctx.saved_tensors
        wanted = [True, False, False]
        backward = torch.ops.aten.native_layer_norm_backward
        result = backward(grad, x, ctx.shape, mean, inverse, None, None, wanted)
        return result[0], None, None


def mvn(x: torch.Tensor, eps: float, across_channels: bool) -> torch.Tensor:
    """Mean 0 and standard deviation 1 for each plane, or for each image."""
    x = x.reshape(*x.shape, *[1] * (4 - x.dim()))
    return CaffeMVN.apply(x, (1, 2, 3) if across_channels else (2, 3), eps)


def mvn_in_place(x: torch.Tensor, eps: float, across_channels: bool) -> torch.Tensor:
    """mvn, with the gradient that Caffe's MVN computes over the one that arrives."""
    before = x.detach()
    y = mvn(before, eps, across_channels)
    axes = (1, 2, 3) if across_channels else (2, 3)
    return CaffeRuled.apply(x, y, lambda g: late_mvn_in_place(g, y, before, axes, eps))


def mvn_mean(x: torch.Tensor, across_channels: bool) -> torch.Tensor:
    """Mean 0 for each plane, or for each image."""
    x = x.reshape(*x.shape, *[1] * (4 - x.dim()))
    return x - x.mean((1, 2, 3) if across_channels else (2, 3), keepdim=True)


def late_mvn(
    grad: torch.Tensor, top: torch.Tensor, x: torch.Tensor, axes: Any, eps: float
) -> torch.Tensor:
    """The gradient from a top that was overwritten after it was computed from x."""
    shape, x = x.shape, x.reshape(grad.shape)
    spread = x.var(axes, correction=0, keepdim=True).sqrt() + eps
    tilt = (grad * top).mean(axes, keepdim=True)
    return ((grad - grad.mean(axes, keepdim=True) - top * tilt) / spread).reshape(shape)


def late_mvn_in_place(
    grad: torch.Tensor, top: torch.Tensor, x: torch.Tensor, axes: Any, eps: float
) -> torch.Tensor:
    """The gradient in place: MVNLayer::Backward_cpu with top_diff and bottom_diff in one memory."""
    shape, x = x.shape, x.reshape(grad.shape)
    spread = x.var(axes, correction=0, keepdim=True).sqrt() + eps
    size = top[0].numel() if 1 in axes else top[0, 0].numel()
    moved = top * (grad * top).sum(axes, keepdim=True)
    moved = moved + moved.sum(axes, keepdim=True)
    return (moved * (-2 / size) / spread).reshape(shape)
