"""Upsample: put values back where MAX pooling found them (SegNet), or repeat them (YOLOv3)."""

from __future__ import annotations

from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class Upsample(Layer):
    """With a mask (Pooling's second top): zeros, and each value at its position in the mask.
    With one bottom: each pixel repeated scale × scale times.

    Shape:    x (N, C, H, W), [mask (N, C, H, W)] -> (N, C, H', W'), (upsample_h, upsample_w) if
              both are written, else scale times the size, less one pixel with pad_out
    Params:   scale [2], or scale_h and scale_w; pad_out_h [false]; pad_out_w [false];
              upsample_h, upsample_w
    Weights:  none
    Differs:  where the mask names a place twice, Caffe keeps the last value; torch promises none
    Raises:   ShapeError for sizes that do not fit
    Source:   Badrinarayanan, Kendall and Cipolla 2017 (SegNet); upsample_layer.cpp of its Caffe
              fork. One bottom: upsample_layer.cpp of YOLOv3's Caffe ports
    """

    type = "Upsample"
    origin = "SegNet"
    bottoms = (1, 2)
    param_field = "upsample_param"
    examples = (
        Example("", bottoms=[(2, 3, 4, 5)]),
        Example(
            "upsample_param { upsample_h: 4 upsample_w: 5 }",
            bottoms=[(2, 3, 1, 1), (2, 3, 1, 1)],
            integer=(1,),
            classes=20,
        ),
    )

    def _scale(self, x: Site) -> tuple[int, int]:
        param = x.param.upsample_param
        one, h, w = (param.HasField(f"scale{end}") for end in ("", "_h", "_w"))
        if (h or w) and (one or not (h and w)):
            raise ShapeError(
                "scale_h and scale_w go together, without scale",
                field="upsample_param.scale_h" if h else "upsample_param.scale_w",
                hint="write either scale, or both scale_h and scale_w",
            )
        scale = (param.scale_h, param.scale_w) if h else (param.scale, param.scale)
        least = 1 if len(x.bottoms) == 1 else 2
        if min(scale) < least:
            raise ShapeError(
                f"scale {scale} is below {least}",
                field="upsample_param.scale",
                hint=f"write at least {least}",
            )
        for axis, size, cut in zip("hw", scale, (param.pad_out_h, param.pad_out_w), strict=True):
            if cut and size != 2:
                raise ShapeError(
                    f"pad_out_{axis} with scale {size}",
                    field=f"upsample_param.pad_out_{axis}",
                    hint="it is for scale 2; write upsample_h and upsample_w instead",
                )
        return scale

    def _settings(self, x: Site) -> dict[str, Any]:
        param = x.param.upsample_param
        if param.HasField("upsample_h") and param.HasField("upsample_w"):
            size = (param.upsample_h, param.upsample_w)
            if min(size) < 2:
                raise ShapeError(
                    f"upsample_h and upsample_w are {size}",
                    field="upsample_param.upsample_h",
                    hint="write at least 2",
                )
            return {"size": size}
        cut = (int(param.pad_out_h), int(param.pad_out_w))
        return {"scale": self._scale(x), **({"cut": cut} if any(cut) else {})}

    def shapes(self, x: Site) -> list[Shape]:
        first = x.bottoms[0]
        if len(first) != 4 or x.bottoms[-1] != first:
            raise ShapeError(
                f"takes a bottom of 4 axes and a mask of the same shape, not {x.bottoms}",
                field="bottom",
                hint="the mask is the second top of a Pooling layer of the same output size",
            )
        s = self._settings(x)
        scale, cut = s.get("scale", (1, 1)), s.get("cut", (0, 0))
        out = s.get("size") or tuple(first[i + 2] * scale[i] - cut[i] for i in (0, 1))
        return [first[:2] + tuple(out)]

    def code(self, x: Site) -> Code:
        return op(unpool if len(x.bottoms) == 2 else enlarge, **self._settings(x))

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Resample

        return Resample()


def unpool(
    x: torch.Tensor, mask: torch.Tensor, size: Any = None, scale: Any = (2, 2), cut: Any = (0, 0)
) -> torch.Tensor:
    """Zeros of (N, C, *size) with x's values at the positions in the mask, row · W' + column."""
    size = size or [x.shape[i + 2] * scale[i] - cut[i] for i in (0, 1)]
    empty = x.new_zeros(*x.shape[:2], size[0] * size[1])
    return empty.scatter(2, mask.flatten(2).long(), x.flatten(2)).unflatten(2, tuple(size))


def enlarge(
    x: torch.Tensor, size: Any = None, scale: Any = (2, 2), cut: Any = (0, 0)
) -> torch.Tensor:
    """Each pixel repeated scale[0] × scale[1] times, or stretched to `size`."""
    size = size or [x.shape[i + 2] * scale[i] - cut[i] for i in (0, 1)]
    return F.interpolate(x, tuple(size), mode="nearest")
