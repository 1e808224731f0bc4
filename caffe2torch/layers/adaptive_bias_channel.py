"""AdaptiveBiasChannel: scores raised until labels cover their share (deeplab)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class AdaptiveBiasChannel(ShapesOnlySame):
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
    param_field = "adaptive_bias_channel_param"
