"""SPP: pooling over a pyramid of grids, so that any image gives the same number of features."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.pooling import ave_pool, max_pool, pooled_sizes


class SPP(Layer):
    """Spatial pyramid pooling: 2^level bins a side for each level, flattened and joined.

    Shape:    x (N, C, H, W) -> (N, C · Σ 4^level); with pyramid_height 1 (N, C, 1, 1)
    Params:   pyramid_height; pool [MAX]
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the image is too small for a level; UnsupportedError for STOCHASTIC,
              which Caffe runs on a GPU only
    Source:   He et al. 2014; Caffe src/caffe/layers/spp_layer.cpp
    """

    type = "SPP"
    roles = frozenset({Role.POOLING})
    homogeneous = True
    param_field = "spp_param"
    examples = (
        Example("spp_param { pyramid_height: 3 }", bottoms=[(2, 3, 8, 7)]),
        Example("spp_param { pyramid_height: 1 pool: AVE }", bottoms=[(2, 3, 5, 4)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        height = x.param.spp_param.pyramid_height
        if len(x.bottoms[0]) != 4 or 0 in x.bottoms[0][2:]:
            raise ShapeError(
                f"takes a bottom of 4 axes (N, C, H, W), not {x.bottoms[0]}",
                field="bottom",
                hint="add a Reshape layer in front",
            )
        if not height:
            raise ShapeError(
                "pyramid_height is 0 or missing",
                field="spp_param.pyramid_height",
                hint="write the number of levels",
            )
        n, c, *sizes = x.bottoms[0]
        grids = [self._grid(sizes, level) for level in range(height)]
        if height == 1:
            return [(n, c, *grids[0])]
        return [(n, c * sum(math.prod(grid) for grid in grids))]

    def _grid(self, sizes: list[int], level: int) -> list[int]:
        kernel, pad = pyramid_window(sizes, level)
        if any(pad) and any(p >= k for p, k in zip(pad, kernel, strict=True)):
            raise ShapeError(
                f"{sizes[0]}×{sizes[1]} pixels are too few for the {2**level} bins a side of "
                f"level {level}",
                field="spp_param.pyramid_height",
                hint="use fewer levels or a larger input",
            )
        return pooled_sizes(sizes, kernel, kernel, pad, True)

    def code(self, x: Site) -> Code:
        param = x.param.spp_param
        if param.pool == pb.SPPParameter.STOCHASTIC:
            raise UnsupportedError("SPP with pool: STOCHASTIC", hint="use MAX or AVE")
        average = param.pool == pb.SPPParameter.AVE
        return op(pyramid_pool, levels=param.pyramid_height, average=average)


def pyramid_window(sizes: Any, level: int) -> tuple[list[int], list[int]]:
    """Kernel (which is also the stride) and pad that lay 2^level bins over each axis."""
    kernel = [-(-size // 2**level) for size in sizes]
    pad = [(k * 2**level - size + 1) // 2 for k, size in zip(kernel, sizes, strict=True)]
    return kernel, pad


def pyramid_pool(x: torch.Tensor, levels: int, average: bool) -> torch.Tensor:
    """Pool each level of the pyramid; one level keeps its axes, several are flattened."""
    pooled = []
    for level in range(levels):
        kernel, pad = pyramid_window(x.shape[2:], level)
        pool: Any = ave_pool if average else max_pool
        pooled.append(pool(x, kernel, kernel, pad, True))
    return pooled[0] if levels == 1 else torch.cat([y.flatten(1) for y in pooled], 1)
