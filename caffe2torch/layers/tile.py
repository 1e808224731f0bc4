"""Tile: a blob repeated along one axis."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, literal


class Tile(Layer):
    """`tiles` copies of x, one after the other along `axis`.

    Shape:    x (N, C, H, W) -> (N, tiles·C, H, W), or likewise along another axis
    Params:   axis [1]; tiles, required
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if tiles is missing or not positive, the axis does not exist, or in place
    Source:   Caffe src/caffe/layers/tile_layer.cpp
    """

    type = "Tile"
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "tile_param"
    examples = (
        Example("tile_param { tiles: 3 }", bottoms=[(2, 3, 4, 5)]),
        Example("tile_param { axis: -1 tiles: 2 }", bottoms=[(2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        tile, shape = x.param.tile_param, list(x.bottoms[0])
        axis = x.axis(tile.axis, "tile_param.axis")
        if tile.tiles <= 0:
            state = f"is {tile.tiles}" if tile.HasField("tiles") else "is missing"
            raise ShapeError(
                f"tiles {state}, and must be positive",
                field="tile_param.tiles",
                hint="write tiles, the number of copies",
            )
        shape[axis] *= tile.tiles
        return [tuple(shape)]

    def code(self, x: Site) -> Code:
        axis = x.axis(x.param.tile_param.axis, "tile_param.axis")
        copies = (x.param.tile_param.tiles, *(1,) * (len(x.bottoms[0]) - axis - 1))
        return Code(call=f"{{0}}.tile({literal(copies)})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Reshape

        return Reshape()
