"""RandomCrop: a random part of images and their flow (iResNet)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class RandomCrop(ShapesOnly):
    """A random part of images and disparity.

    Shape:    x (N, 7, H, W) -> (N, 7, target_height, target_width)
    Params:   target_height; target_width
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Liang et al., iResNet (2018); iResNet caffe src/caffe/layers/random_crop_layer.cpp
    """

    type = "RandomCrop"
    origin = "iResNet"
    bottoms, tops = 1, 1
    param_field = "random_crop_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, c, _, _ = x.shape(0, 4, 4)
        param = x.param.random_crop_param
        return [(n, c, param.target_height, param.target_width)]
