"""Resize: maps of another height and width, by interpolation."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class Resize(Layer):
    """x resized to height and width, or to those of a second bottom.

    Shape:    x (N, C, H, W)[, like (any, any, h, w)] -> (N, C, h, w)
    Params:   resize_param: height [0] and width [0], > 0 where there is no second bottom;
              interp_mode, the first one written, else LINEAR; NEAREST, CUBIC and AREA too
    Weights:  none
    Differs:  several forks have a layer of this name, with different ideas of where pixels lie;
              here pixels are squares, as in OpenCV (align_corners=False)
    Raises:   ShapeError if x is not 4-D or there is no size; UnsupportedError for LANCZOS4 and
              for a resize_mode other than WARP
    Source:   the forks' resize_layer.cpp
    """

    type = "Resize"
    origin = "single forks"
    bottoms = (1, 2)
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "resize_param"
    examples = (
        Example("resize_param { height: 7 width: 5 }", bottoms=[(2, 3, 4, 4)]),
        Example("resize_param { interp_mode: NEAREST }", bottoms=[(2, 3, 4, 4), (1, 1, 8, 2)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.resize_param
        if len(x.bottoms[0]) != 4 or len(x.bottoms[-1]) != 4:
            raise ShapeError(f"resizes 4-D bottoms, got {x.bottoms}", field="bottom")
        size = x.bottoms[1][2:] if len(x.bottoms) > 1 else (param.height, param.width)
        if not all(size):
            raise ShapeError(
                "neither height and width nor a second bottom say the size",
                field="resize_param",
                hint="set resize_param { height: ... width: ... }",
            )
        if param.resize_mode != param.WARP or mode_of(x) == "lanczos4":
            raise UnsupportedError("a Resize layer is done for WARP, and not for LANCZOS4")
        return [(*x.bottoms[0][:2], *size)]

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom == 0

    def code(self, x: Site) -> Code:
        param = x.param.resize_param
        size = None if len(x.bottoms) > 1 else (param.height, param.width)
        mode = {"linear": "bilinear", "cubic": "bicubic"}.get(mode_of(x), mode_of(x))
        return op(resize, size=size, mode=mode)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Resample

        return Resample()


def mode_of(x: Site) -> str:
    """The interpolation that is written first, in lower case."""
    param = x.param.resize_param
    mode = param.interp_mode[0] if param.interp_mode else param.LINEAR
    return str(param.Interp_mode.Name(mode)).lower()


def resize(
    x: torch.Tensor, *like: torch.Tensor, size: tuple[int, int] | None, mode: str
) -> torch.Tensor:
    """x (N, C, H, W) resized to `size`, (height, width), or to that of the second bottom."""
    corners = False if mode in ("bilinear", "bicubic") else None
    height, width = size or like[0].shape[2:]
    return F.interpolate(x, size=(height, width), mode=mode, align_corners=corners)
