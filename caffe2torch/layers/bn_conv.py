"""BNConv: batch normalization with four blobs (steganalysis)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Blob, Shape, Site


class BNConv(ShapesOnly):
    """Batch normalization of maps, with a scale and a shift and running statistics.

    Shape:    x (N, C, H, W) -> same
    Params:   bn_conv_param decay, fix
    Weights:  scale, shift, mean and variance (1, C, 1, 1)
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   GuanshuoXu caffe_deep_learning_for_steganalysis src/caffe/layers/bn_conv_layer.cpp
    """

    type = "BNConv"
    origin = "steganalysis"
    bottoms, tops = 1, 1
    param_field = "bn_conv_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        shape = (1, x.shape(0, 4, 4)[1], 1, 1)
        learned = {"scale": Blob(shape), "shift": Blob(shape)}
        return learned | {"mean": Blob(shape, learnable=False), "var": Blob(shape, learnable=False)}
