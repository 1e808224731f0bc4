"""SimpleCrop: the top left part of a map, as large as another map."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class SimpleCrop(Layer):
    """x without its last rows and columns, as high and wide as the second bottom.

    Shape:    x (N, C, H, W), like (any, any, h, w) -> (N, C, h, w)
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if x is smaller than the second bottom
    Source:   the forks' simple_crop_layer.cpp
    """

    type = "SimpleCrop"
    origin = "single forks"
    bottoms = 2
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    examples = (Example("", bottoms=[(2, 3, 5, 6), (2, 1, 4, 3)]),)

    def shapes(self, x: Site) -> list[Shape]:
        large, small = x.bottoms
        if (
            len(large) != 4
            or len(small) != 4
            or any(a < b for a, b in zip(large[2:], small[2:], strict=True))
        ):
            raise ShapeError(
                f"bottom {x.bottom_names[0]!r} of shape {large} cannot be cropped to {small}",
                field="bottom",
                hint="both are (N, C, H, W), and the first is the larger one",
            )
        return [(*large[:2], *small[2:])]

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom == 0

    def code(self, x: Site) -> Code:
        return op(crop_to)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Reshape

        return Reshape()


def crop_to(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The first rows and columns of x (N, C, H, W), as many as `like` has."""
    return x[..., : like.shape[-2], : like.shape[-1]]
