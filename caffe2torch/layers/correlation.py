"""Correlation: how alike two maps are at small displacements (FlowNet)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch

EXAMPLE = (
    "correlation_param { pad: %d kernel_size: %d max_displacement: %d stride_1: %d stride_2: %d }"
)


class Correlation(Layer):
    """Mean product of a window of one map with windows of another around the same place.

    Shape:    two maps (N, C, H, W) -> (N, D², H', W'), D = 2 · (max_displacement / stride_2) + 1,
              H' = (H + 2 · pad - 2 · (max_displacement + kernel_size / 2)) / stride_1, rounded up
    Params:   pad [0]; kernel_size, odd; max_displacement; stride_1 [1], of the places; stride_2
              [1], of the displacements; correlation_type [MULTIPLY]
    Weights:  none
    Differs:  nothing; do_abs has no effect in the fork either
    Raises:   ShapeError for sizes that do not fit; UnsupportedError for SUBTRACT, or
              single_direction
    Source:   Dosovitskiy et al., FlowNet (2015); flownet2 src/caffe/layers/correlation_layer.cu
    """

    type = "Correlation"
    origin = "flownet2"
    bottoms = 2
    param_field = "correlation_param"
    examples = (
        Example(EXAMPLE % (2, 1, 2, 1, 1), bottoms=[(2, 3, 5, 6)] * 2),
        Example(EXAMPLE % (3, 3, 2, 2, 2), bottoms=[(1, 2, 6, 5)] * 2),
    )

    def shapes(self, x: Site) -> list[Shape]:
        p, (n, _, h, w) = x.param.correlation_param, x.shape(0, 4, 4)
        if x.bottoms[0] != x.bottoms[1]:
            raise ShapeError(f"takes two equal 4-D maps, got {x.bottoms}", field="bottom")
        if not p.kernel_size % 2 or not (p.stride_1 and p.stride_2):
            raise ShapeError(
                f"kernel_size is {p.kernel_size}, stride_1 {p.stride_1}, stride_2 {p.stride_2}",
                field="correlation_param.kernel_size",
                hint="an odd kernel, and strides of at least 1",
            )
        border = 2 * (p.max_displacement + p.kernel_size // 2)
        out = tuple(-((border - size - 2 * p.pad) // p.stride_1) for size in (h, w))
        if min(out) < 1:
            raise ShapeError(
                f"max_displacement {p.max_displacement} and kernel_size {p.kernel_size} do not fit "
                f"into {h} by {w} with pad {p.pad}",
                field="correlation_param.max_displacement",
            )
        return [(n, (2 * (p.max_displacement // p.stride_2) + 1) ** 2, *out)]

    def code(self, x: Site) -> Code:
        p = x.param.correlation_param
        if p.correlation_type != p.MULTIPLY or p.single_direction:
            raise UnsupportedError(
                "only products in both directions are computed", hint="correlation_type: MULTIPLY"
            )
        return op(
            correlate,
            pad=p.pad,
            kernel=p.kernel_size,
            reach=p.max_displacement,
            stride_1=p.stride_1,
            stride_2=p.stride_2,
        )


def correlate(
    a: torch.Tensor, b: torch.Tensor, pad: int, kernel: int, reach: int, stride_1: int,
    stride_2: int,
) -> torch.Tensor:  # fmt: skip
    """Mean products (N, D², H', W') of windows of a and displaced windows of b."""
    a, b = F.pad(a, [pad] * 4), F.pad(b, [pad] * 4)
    high, wide = (size - 2 * reach for size in a.shape[2:])
    first = a[:, :, reach : reach + high, reach : reach + wide]
    steps = range(-(reach // stride_2) * stride_2, reach + 1, stride_2)
    maps = []
    for dy in steps:
        for dx in steps:
            y, x = reach + dy, reach + dx
            product = (first * b[:, :, y : y + high, x : x + wide]).mean(1, keepdim=True)
            maps.append(F.avg_pool2d(product, kernel, stride_1))
    return torch.cat(maps, 1)
