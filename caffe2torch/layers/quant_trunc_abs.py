"""QuantTruncAbs: values quantized, cut off, without sign (steganalysis)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class QuantTruncAbs(Layer):
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
    shapes_only = True
    param_field = "quant_trunc_abs_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
