"""SpatialPyramidPooling: max pooling over grids of given sizes (SPP-net, before BVLC's SPP)."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class SpatialPyramidPooling(Layer):
    """The maxima over grids of n · n bins, flattened and joined; bins share the pixels they cut.

    Shape:    x (N, C, H, W) -> (N, C · Σ n²); with one spatial_bin (N, C, 1, 1), whatever it is
    Params:   spatial_bin, the n of every level; pool [MAX]; scale has no effect
    Weights:  none
    Differs:  AVE and STOCHASTIC are refused; the fork never reads pool and takes MAX. The top
              has 2 axes, not two of size 1 more.
    Raises:   ShapeError if there is no spatial_bin, or it is 0 or more than the pixels of a side;
              UnsupportedError for other pools
    Source:   He et al. 2014; the fork's spatial_pyramid_pooling_layer.cpp
    """

    type = "SpatialPyramidPooling"
    aliases = ("SPATIAL_PYRAMID_POOLING",)
    origin = "single forks"
    roles = frozenset({Role.POOLING})
    homogeneous = True
    param_field = "spatial_pyramid_pooling_param"
    examples = (
        Example("spatial_pyramid_pooling_param { spatial_bin: [1, 2, 3] }",
                bottoms=[(2, 3, 7, 5)]),
        Example("spatial_pyramid_pooling_param { spatial_bin: 4 }", bottoms=[(2, 3, 5, 4)]),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        bins = list(x.param.spatial_pyramid_pooling_param.spatial_bin)
        if len(x.bottoms[0]) != 4 or 0 in x.bottoms[0][2:]:
            raise ShapeError(
                f"takes a bottom of 4 axes (N, C, H, W), not {x.bottoms[0]}",
                field="bottom",
                hint="add a Reshape layer in front",
            )
        if not bins or 0 in bins:
            raise ShapeError(
                f"spatial_bin is {bins}",
                field="spatial_pyramid_pooling_param.spatial_bin",
                hint="write the number of bins a side, once for each level",
            )
        n, c, *sizes = x.bottoms[0]
        if len(bins) > 1 and max(bins) > min(sizes):
            raise ShapeError(
                f"{sizes[0]}×{sizes[1]} pixels are too few for {max(bins)} bins a side",
                field="spatial_pyramid_pooling_param.spatial_bin",
                hint="use fewer bins or a larger input",
            )
        return [(n, c, 1, 1) if len(bins) == 1 else (n, c * sum(k * k for k in bins))]

    def code(self, x: Site) -> Code:
        param = x.param.spatial_pyramid_pooling_param
        if param.pool != pb.SpatialPyramidPoolingParameter.MAX:
            raise UnsupportedError(
                f"SpatialPyramidPooling with pool: {param.PoolMethod.Name(param.pool)}",
                hint="write MAX, which is what the fork computes",
            )
        if len(param.spatial_bin) == 1:
            return Code("nn.AdaptiveMaxPool2d(1)")
        return op(bin_maxima, bins=list(param.spatial_bin))


def bin_maxima(x: torch.Tensor, bins: list[int]) -> torch.Tensor:
    """Maxima over n · n bins of x (N, C, H, W) for every n of bins: (N, C · Σ n²)."""
    return torch.cat([F.adaptive_max_pool2d(x, n).flatten(1) for n in bins], 1)
