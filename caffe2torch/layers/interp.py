"""Interp: enlarge or shrink with the corners kept in place."""

from __future__ import annotations

from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class Interp(Layer):
    """Bilinear interpolation (or the nearest pixel) on a grid whose corners are the image's.

    Shape:    x (N, C, H, W)[, any of the size wanted] -> (N, C, height, width), or by shrink_factor
              s and zoom_factor z (N, C, (H − 1) / s · z + 1, ...); H is the size after cropping by
              pad_beg and pad_end
    Params:   height, width; zoom_factor; shrink_factor; pad_beg [0]; pad_end [0]; mode [LINEAR]
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError without a size, or with positive padding
    Source:   Chen et al. 2015 (DeepLab); interp_layer.cpp and interp.cpp of its Caffe fork
    """

    type = "Interp"
    origin = "DeepLab"
    bottoms = (1, 2)
    no_gradient = {1: "gives its size only"}
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "interp_param"
    examples = (
        Example("interp_param { height: 7 width: 9 }", bottoms=[(2, 3, 4, 5)]),
        Example("interp_param { zoom_factor: 2 pad_end: -1 }", bottoms=[(2, 3, 4, 5)]),
        Example("interp_param { shrink_factor: 2 zoom_factor: 3 }", bottoms=[(2, 3, 7, 5)]),
        Example("interp_param { use_blob_size: true }", bottoms=[(2, 3, 4, 5), (1, 2, 6, 7)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        settings, param = settings_of(x), x.param.interp_param
        if min(settings.get("crop", (0,))) < 0:
            raise ShapeError(
                f"pad_beg {param.pad_beg} and pad_end {param.pad_end} must not be positive",
                field="interp_param.pad_beg" if param.pad_beg > 0 else "interp_param.pad_end",
                hint="negative values crop",
            )
        if min(settings.get("zoom", 1), settings.get("shrink", 1)) < 1:
            raise ShapeError(
                "zoom_factor and shrink_factor must be positive",
                field="interp_param",
                hint="write at least 1",
            )
        if not 1 <= len(x.bottoms[0]) <= 4:
            raise ShapeError(f"takes at most 4 axes, not {x.bottoms[0]}", field="bottom")
        n, c, *sizes = x.bottoms[0] + (1,) * (4 - len(x.bottoms[0]))
        inner = [size - sum(settings.get("crop", ())) for size in sizes]
        zoom, shrink = settings.get("zoom", 1), settings.get("shrink", 1)
        out = settings.get("size") or [(size - 1) // shrink * zoom + 1 for size in inner]
        if min(*inner, *out) < 1:
            raise ShapeError(
                f"an image of {sizes[0]}×{sizes[1]} cropped to {inner[0]}×{inner[1]} gives {out}",
                field="interp_param",
                hint="all sizes must be positive",
            )
        return [(n, c, *out)]

    def code(self, x: Site) -> Code:
        code = op(interp, **settings_of(x))
        return Code(code.init, "{self}({0})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Resample

        return Resample()

    def cost(self, x: Site, tops: list[Shape]) -> int:
        n, c, h, w = tops[0]
        return 4 * n * c * h * w


def settings_of(x: Site) -> dict[str, Any]:
    """What interp() takes; factors win over height and width unless both are written."""
    param = x.param.interp_param
    zoom, shrink = param.HasField("zoom_factor"), param.HasField("shrink_factor")
    sized = param.HasField("height") and param.HasField("width")
    if len(x.bottoms) > 1:
        return {"size": x.shape(1, 4, 4)[2:]} | _reading(param)
    if not (zoom or shrink or sized):
        raise ShapeError(
            "no size is given",
            field="interp_param",
            hint="write height and width, zoom_factor or shrink_factor",
        )
    settings: dict[str, Any] = {}
    if sized and zoom == shrink:
        settings["size"] = (param.height, param.width)
    else:
        settings.update({"zoom": param.zoom_factor} if zoom else {})
        settings.update({"shrink": param.shrink_factor} if shrink else {})
    return settings | _reading(param)


def _reading(param: pb.InterpParameter) -> dict[str, Any]:
    """What is cut away first, and how pixels are read."""
    settings: dict[str, Any] = {}
    if param.pad_beg or param.pad_end:
        settings["crop"] = (-param.pad_beg, -param.pad_end)
    if param.mode == pb.InterpParameter.NEAREST:
        settings["nearest"] = True
    return settings


def interp(
    x: torch.Tensor,
    size: Any = None,
    zoom: int = 1,
    shrink: int = 1,
    crop: Any = (0, 0),
    nearest: bool = False,
) -> torch.Tensor:
    """Resize (N, C, H, W) with aligned corners, after cutting `crop` pixels before and after."""
    x = x.reshape(*x.shape, *[1] * (4 - x.dim()))
    x = x[:, :, crop[0] : x.shape[2] - crop[1], crop[0] : x.shape[3] - crop[1]]
    size = size or [(pixels - 1) // shrink * zoom + 1 for pixels in x.shape[2:]]
    if not nearest:
        return F.interpolate(x, tuple(size), mode="bilinear", align_corners=True)
    for axis in (2, 3):
        step = (x.shape[axis] - 1) / max(1, size[axis - 2] - 1)
        place = torch.arange(size[axis - 2], device=x.device, dtype=torch.float32) * step + 0.5
        x = x.index_select(axis, place.long().clamp(max=x.shape[axis] - 1))
    return x
