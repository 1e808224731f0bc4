"""Tiling: channels laid out as tiles of a larger map (VPGNet)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code


class Tiling(Layer):
    """tile_dim² channels become the pixels of a tile: nn.PixelShuffle.

    Shape:    x (N, C, H, W) -> (N, C / tile_dim², H · tile_dim, W · tile_dim)
    Params:   tile_dim
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError without tile_dim, or if tile_dim² does not divide the channels
    Source:   Lee et al., VPGNet (2017); its caffe src/caffe/layers/tiling_layer.cpp
    """

    type = "Tiling"
    origin = "VPGNet"
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "tiling_param"
    examples = (Example("tiling_param { tile_dim: 2 }", bottoms=[(2, 8, 3, 4)]),)

    def shapes(self, x: Site) -> list[Shape]:
        side = x.param.tiling_param.tile_dim
        if side < 1:
            raise ShapeError("tile_dim is missing", field="tiling_param.tile_dim")
        if len(x.bottoms[0]) != 4 or x.bottoms[0][1] % (side * side):
            raise ShapeError(
                f"{side}² channels a tile do not divide a bottom of shape {x.bottoms[0]}",
                field="tiling_param.tile_dim",
            )
        n, c, h, w = x.bottoms[0]
        return [(n, c // (side * side), h * side, w * side)]

    def code(self, x: Site) -> Code:
        return Code(f"nn.PixelShuffle({x.param.tiling_param.tile_dim})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Reshape

        return Reshape()
