"""QuantTruncAbs: values quantized, cut off, without sign (steganalysis)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class QuantTruncAbs(ShapesOnlySame):
    """Absolute values, quantized and cut off at a threshold.

    Shape:    x (any) -> same
    Params:   quant_trunc_abs_param threshold
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   GuanshuoXu caffe_deep_learning_for_steganalysis
              src/caffe/layers/quant_trunc_abs_layer.cpp
    """

    type = "QuantTruncAbs"
    origin = "steganalysis"
    bottoms, tops = 1, 1
    param_field = "quant_trunc_abs_param"
