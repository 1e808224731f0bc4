"""Crop: cut one blob to the size of another."""

from __future__ import annotations

from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Crop(Layer):
    """The part of x, from an offset on, that is as large as the reference.

    Shape:    x (N, C, H, W), reference (N', C', H', W') -> x's sizes before axis, then the
              reference's: (N, C, H', W')
    Params:   axis [2]; offset, none (0), one for all cropped axes, or one for each
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the reference sticks out of x
    Source:   Caffe src/caffe/layers/crop_layer.cpp
    """

    type = "Crop"
    bottoms = 2
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "crop_param"
    examples = (
        Example("crop_param { offset: 1 }", bottoms=[(2, 3, 6, 7), (2, 3, 4, 5)]),
        Example(
            "crop_param { axis: 1 offset: 0 offset: 2 offset: 1 }",
            bottoms=[(2, 3, 6, 7), (1, 2, 4, 5)],
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        axis, offsets = offsets_of(x)
        first, size = x.bottoms
        if len(size) < len(first):
            raise ShapeError(
                f"the reference {size} has fewer axes than {first}",
                field="bottom",
                hint="crop to a blob with as many axes",
            )
        for i, offset in enumerate(offsets, axis):
            if first[i] - offset < size[i]:
                raise ShapeError(
                    f"{size[i]} from {offset} on does not fit axis {i} of bottom {first}",
                    field="crop_param.offset" if offset else "bottom",
                    hint=f"reduce the offset, or crop to at most {first[i]}",
                )
        return [first[:axis] + size[axis : len(first)]]

    def code(self, x: Site) -> Code:
        axis, offsets = offsets_of(x)
        return op(crop, axis=axis, offsets=offsets)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Reshape

        return Reshape()


def offsets_of(x: Site) -> tuple[int, list[int]]:
    """The first axis that is cut, and where each axis from it on begins."""
    axis = x.axis(x.param.crop_param.axis, "crop_param.axis")
    given, n = list(x.param.crop_param.offset), len(x.bottoms[0]) - axis
    if len(given) > 1 and len(given) != n:
        raise ShapeError(
            f"{len(given)} offsets for {n} cropped axes",
            field="crop_param.offset",
            hint="write one offset for all, or one for each axis from `axis` on",
        )
    return axis, given if len(given) > 1 else (given or [0]) * n


def crop(x: torch.Tensor, reference: torch.Tensor, axis: int, offsets: Any) -> torch.Tensor:
    """x cut to the sizes of the reference from `axis` on, starting at the offsets."""
    for i, offset in enumerate(offsets, axis):
        x = x.narrow(i, offset, reference.size(i))
    return x
