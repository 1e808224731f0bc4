"""Im2parity: whether each pixel and those around it have one label (segaware)."""

from __future__ import annotations

import math

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers._window import window
from caffe2torch.layers.base import Shape, Site


class Im2parity(ShapesOnly):
    """Whether each pixel and those around it have one label, a channel each.

    Shape:    x (N, C, H, W) -> (N, kh · kw, H', W')
    Params:   convolution_param kernel_size, stride, pad, dilation; im2parity_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Harley et al., Segmentation-aware convolutional networks (2017); segaware caffe
              im2parity_layer.cpp
    """

    type = "Im2parity"
    origin = "segaware"
    bottoms, tops = 1, 1
    param_field = "convolution_param"

    def shapes(self, x: Site) -> list[Shape]:
        w = window(x, 2)
        n, _, *sizes = x.shape(0, 4, 4)
        return [(n, math.prod(w.kernel), *w.slid(tuple(sizes)))]
