"""Downsample: smaller maps, smoothed (flownet2)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class Downsample(ShapesOnly):
    """Maps of another size, each value a weighted mean of those around its place.

    Shape:    x (N, C, H, W)[, a map of the wanted size] -> (N, C, top_height, top_width)
    Params:   top_height and top_width, without a second bottom
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Ilg et al. (2017); flownet2 src/caffe/layers/downsample_layer.cu
    """

    type = "Downsample"
    origin = "flownet2"
    bottoms, tops = (1, 2), 1
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    backward = "cannot run backward"
    param_field = "downsample_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.downsample_param
        size = (param.top_height, param.top_width) if len(x.bottoms) == 1 else x.shape(1, 2)[-2:]
        if min(size) < 1:
            raise ShapeError(f"the size is {size}", field="downsample_param")
        return [(*x.shape(0, 2)[:2], *size)]
