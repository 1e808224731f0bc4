"""BdctToSpatial: pixels from the coefficients of a JPEG (steganalysis)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class BdctToSpatial(ShapesOnly):
    """Pixels of 8 by 8 blocks from their 64 cosine coefficients.

    Shape:    x (N, 64, H, W) -> (N, 1, 8 * H, 8 * W)
    Params:   bdct_to_spatial_param quality, 75 or 95
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   GuanshuoXu caffe_deep_learning_for_steganalysis
              src/caffe/layers/bdct_to_spatial_layer.cpp
    """

    type = "BdctToSpatial"
    origin = "steganalysis"
    bottoms, tops = 1, 1
    param_field = "bdct_to_spatial_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = x.shape(0, 4, 4)
        return [(n, 1, 8 * h, 8 * w)]
