"""BroadcastMul: every channel times a number of its own (squeeze and excitation)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import torch


class BroadcastMul(Layer):
    """x * scale, one number for each item and channel; the larger bottom is x.

    Shape:    x (N, C, H, W) and scale (N, C) or (N, C, 1, 1), in either order -> (N, C, H, W)
    Params:   none
    Weights:  none
    Differs:  the gradient is the mathematical one (the fork's CPU code writes it over the data)
    Raises:   ShapeError if the smaller bottom does not hold N * C numbers
    Source:   DeepDetect's caffe broadcast_mul_layer.cpp
    """

    type = "BroadcastMul"
    origin = "deepdetect"
    bottoms = 2
    examples = (
        Example("", bottoms=[(2, 3, 4, 5), (2, 3)]),
        Example("", bottoms=[(2, 3, 1, 1), (2, 3, 4, 5)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        order = ordered(x)
        data, scale = (x.bottoms[i] for i in order)
        if len(data) < 2 or math.prod(scale) != data[0] * data[1]:
            raise ShapeError(
                f"bottom {x.bottom_names[order[1]]!r} of shape {scale} does not hold one number "
                f"for each item and channel of {data}",
                field="bottom",
                hint=f"give it the shape {data[:2]}",
            )
        return [data]

    def code(self, x: Site) -> Code:
        first, second = ordered(x)
        call = f"{{self}}({{{first}}}, {{{second}}})"
        return Code("Op(broadcast_mul)", call)

    def signal(self, x: Site) -> Moments | None:
        from caffe2torch.moments.join import Product

        return Product() if ordered(x) == (0, 1) else None


def ordered(x: Site) -> tuple[int, int]:
    """Positions of x and of its scale."""
    return (0, 1) if math.prod(x.bottoms[0]) > math.prod(x.bottoms[1]) else (1, 0)


def broadcast_mul(x: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """x (N, C, any...) times scale, N * C numbers in any shape."""
    return x * scale.reshape(*x.shape[:2], *(1,) * (x.dim() - 2))
