"""AdaptiveBiasChannel: scores raised until labels cover their share (deeplab)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class AdaptiveBiasChannel(Layer):
    """Scores of the classes of an image, raised until each covers its share of it.

    Shape:    scores (N, C, H, W), labels (N, L, 1, 1) -> (N, C, H, W)
    Params:   adaptive_bias_channel_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Papandreou et al. (2015); DeepLab caffe
              src/caffe/layers/adaptive_bias_channel_layer.cpp
    """

    type = "AdaptiveBiasChannel"
    origin = "deeplab"
    bottoms, tops = 2, 1
    shapes_only = True
    param_field = "adaptive_bias_channel_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
