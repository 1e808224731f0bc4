"""GenSlicinfo: superpixels of pictures (ELDNet)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class GenSlicinfo(ShapesOnly):
    """Superpixels by gSLICr: their index at each place, and a map of them.

    Shape:    x (N, C, H, W) -> (N, 1, H, W)[, (N, 1, S, S)], S = image_size / slic_size
    Params:   gen_slicinfo_param image_size [324]; slic_size [18]; coh_weight; cielab;
              min_pixel_num
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Lee et al., ELD (2016); ELDNet caffe/src/caffe/layers/gen_slicinfo_layer.cpp
    """

    type = "GenSlicinfo"
    origin = "ELDNet"
    bottoms, tops = (1, None), (1, 2)
    param_field = "gen_slicinfo_param"

    def shapes(self, x: Site) -> list[Shape]:
        (n, _, h, w), param = x.shape(0, 4, 4), x.param.gen_slicinfo_param
        side = param.image_size // max(param.slic_size, 1)
        shapes: list[Shape] = [(n, 1, h, w), (n, 1, side, side)]
        return shapes[: x.n_tops]
