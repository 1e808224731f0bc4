"""Unpooling: values of a pooled map put back into a larger one (DeconvNet)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch

FIELD = "unpooling_param"


class Unpooling(Layer):
    """Zeros with each value at its place in the mask, or at the corner of its window (MAX); each
    value all over its window (TILE), or a share of it (AVE).

    Shape:    x (N, C, H, W)[, mask (N, C, H, W) of places] -> (N, C, h, w)
    Params:   unpool [MAX]; kernel_size, or kernel_h and kernel_w; stride [1]; unpool_size, or
              unpool_h and unpool_w: h and w; with a mask and without them, as haeusser's fork,
              (H - 1) · stride + kernel and the same of W; FuseNet's output_h and output_w, or
              scale, with a mask and without a kernel
    Weights:  none
    Differs:  AVE and TILE add to what the top held before in Caffe, here to zeros; where a mask
              names a place twice, Caffe keeps the last value and torch promises none
    Raises:   ShapeError without kernel or size, with a pad, or if the mask does not fit
    Source:   Noh, Hong and Han, Learning Deconvolution Network (2015); DeconvNet's caffe
              src/caffe/layers/unpooling_layer.cpp; tum-vision fusenet's
    """

    type = "Unpooling"
    origin = "DeconvNet"
    bottoms = (1, 2)
    no_gradient = {1: "is a mask of places"}
    param_field = FIELD
    examples = (
        Example(
            f"{FIELD} {{ kernel_size: 2 stride: 2 unpool_size: 4 }}",
            bottoms=[(2, 3, 1, 1), (2, 3, 1, 1)], integer=(1,), classes=16,
        ),
        Example(
            f"{FIELD} {{ scale: 4 }}",
            bottoms=[(2, 3, 1, 1), (2, 3, 1, 1)], integer=(1,), classes=16,
        ),
        Example(
            f"{FIELD} {{ kernel_size: 2 stride: 2 unpool_size: 4 }}", bottoms=[(2, 3, 2, 2)]
        ),
        Example(
            f"{FIELD} {{ unpool: AVE kernel_h: 2 kernel_w: 3 stride: 2 unpool_h: 4 unpool_w: 4 }}",
            bottoms=[(2, 3, 2, 2)],
        ),
        Example(
            f"{FIELD} {{ unpool: TILE kernel_size: 3 stride: 2 unpool_size: 5 }}",
            bottoms=[(2, 3, 2, 2)],
        ),
    )  # fmt: skip

    def _pair(self, x: Site, name: str, one: str) -> tuple[int, int]:
        param = x.param.unpooling_param
        h, w = getattr(param, f"{name}_h"), getattr(param, f"{name}_w")
        return (h, w) if h and w else (getattr(param, one),) * 2

    def _size(self, x: Site) -> tuple[int, int]:
        param = x.param.unpooling_param
        size = self._pair(x, "unpool", "unpool_size")
        if param.output_h and param.output_w:
            return param.output_h, param.output_w
        if param.scale and len(x.bottoms[0]) == 4:
            high, wide = x.bottoms[0][2:]
            return high * param.scale, wide * param.scale
        if any(size) or len(x.bottoms) == 1 or len(x.bottoms[0]) != 4:
            return size
        kernel, stride = self._pair(x, "kernel", "kernel_size"), self._pair(x, "stride", "stride")
        whole = zip(x.bottoms[0][2:], stride, kernel, strict=True)
        high, wide = ((n - 1) * s + k for n, s, k in whole)
        return high, wide

    def shapes(self, x: Site) -> list[Shape]:
        size = self._size(x)
        kernel, stride = self._pair(x, "kernel", "kernel_size"), self._pair(x, "stride", "stride")
        if len(x.bottoms) > 1 and any(size) and not any(kernel):
            kernel = size  # FuseNet's: only the mask says where a value goes
        for what, pair in (("unpool_size", size), ("kernel_size", kernel), ("stride", stride)):
            if 0 in pair:
                raise ShapeError(f"{what} is 0 or missing", field=f"{FIELD}.{what}")
        if any(self._pair(x, "pad", "pad")):
            raise ShapeError("a pad is not allowed", field=f"{FIELD}.pad", hint="remove it")
        if len(x.bottoms[0]) != 4 or x.bottoms[-1] != x.bottoms[0]:
            raise ShapeError(
                f"takes a map (N, C, H, W) and a mask of its shape, not {x.bottoms}", field="bottom"
            )
        return [(*x.bottoms[0][:2], *size)]

    def code(self, x: Site) -> Code:
        kind = x.param.unpooling_param.unpool
        size, step = self._size(x), self._pair(x, "stride", "stride")
        if kind == x.param.unpooling_param.MAX:
            if len(x.bottoms) > 1:
                return op(put_back, size=size)
            return op(put_at_corners, size=size, stride=step)
        average = kind == x.param.unpooling_param.AVE
        kernel = self._pair(x, "kernel", "kernel_size")
        return Code(
            f"Op(spread, size={size}, kernel={kernel}, stride={step}, average={average})",
            "{self}({0})",
        )


def put_back(x: torch.Tensor, mask: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Zeros (N, C, *size) with x's values at the places in the mask, row · w + column."""
    empty = x.new_zeros(*x.shape[:2], size[0] * size[1])
    return empty.scatter(2, mask.flatten(2).long(), x.flatten(2)).unflatten(2, size)


def put_at_corners(x: torch.Tensor, size: tuple[int, int], stride: tuple[int, int]) -> torch.Tensor:
    """Zeros (N, C, *size) with x's values `stride` apart."""
    rows, columns = (
        (torch.arange(n, device=x.device) * s).clamp(max=limit - 1)
        for n, s, limit in zip(x.shape[2:], stride, size, strict=True)
    )
    places = (rows[:, None] * size[1] + columns).expand_as(x)
    return put_back(x, places, size)


def spread(
    x: torch.Tensor, size: tuple[int, int], kernel: tuple[int, int], stride: tuple[int, int],
    average: bool,
) -> torch.Tensor:  # fmt: skip
    """Each value of x added all over its window of a map (N, C, *size); windows end at its edge."""
    if average:
        counts = [
            (limit - torch.arange(n, device=x.device) * s).clamp(max=k)
            for n, s, k, limit in zip(x.shape[2:], stride, kernel, size, strict=True)
        ]
        x = x / (counts[0][:, None] * counts[1])
    whole = [(n - 1) * s + k for n, s, k in zip(x.shape[2:], stride, kernel, strict=True)]
    ones = x.new_ones(x.shape[1], 1, *kernel)
    y = F.conv_transpose2d(x, ones, stride=stride, groups=x.shape[1])
    y = y[:, :, : size[0], : size[1]]
    return F.pad(y, (0, max(0, size[1] - whole[1]), 0, max(0, size[0] - whole[0])))
