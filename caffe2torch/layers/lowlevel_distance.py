"""LowlevelDistance: distances of superpixels by colour and texture (ELDNet)."""

from __future__ import annotations

import math

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class LowlevelDistance(ShapesOnly):
    """Distances of each superpixel from a grid of all, by low-level features.

    Shape:    x (N, C, H, W), labels, map of superpixels (N, 1, h, w), ... ->
              (N · R, D, grid_size, grid_size)[, labels (N · R)]; R regions or, for 0, h · w
    Params:   lowlevel_distance_param feature_option [0]: D is 164; 1: 2; 2: 20; 3: 29;
              grid_size [18]; train_region_per_image [9], R; spixel_size
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Lee et al., ELD (2016); ELDNet caffe/src/caffe/layers/lowlevel_distance_layer.cpp
    """

    type = "LowlevelDistance"
    origin = "ELDNet"
    bottoms, tops = (3, None), (1, 2)
    param_field = "lowlevel_distance_param"

    def shapes(self, x: Site) -> list[Shape]:
        param, n = x.param.lowlevel_distance_param, x.shape(0, 4, 4)[0]
        regions = param.train_region_per_image or math.prod(x.shape(2, 4, 4)[2:])
        rows, side = n * regions, param.grid_size
        size = {1: 2, 2: 20, 3: 29}.get(param.feature_option, 164)
        return [(rows, size, side, side), (rows,)][: x.n_tops]
