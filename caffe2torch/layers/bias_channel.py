"""BiasChannel: scores raised for the labels of an image (deeplab)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class BiasChannel(ShapesOnlySame):
    """Scores of the classes that an image or pixel has, raised by a constant.

    Shape:    scores (N, C, H, W), labels -> (N, C, H, W)
    Params:   bg_bias [1]; fg_bias [2]; label_type [IMAGE] and more
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Papandreou et al. (2015); DeepLab caffe src/caffe/layers/bias_channel_layer.cpp
    """

    type = "BiasChannel"
    origin = "deeplab"
    bottoms, tops = 2, 1
    param_field = "bias_channel_param"
