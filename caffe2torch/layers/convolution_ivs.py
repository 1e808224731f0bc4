"""ConvolutionIVS: a convolution in few bits (IVS-Caffe)."""

from __future__ import annotations

from typing import ClassVar

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Example, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.convolution import Convolution


class ConvolutionIVS(Convolution):
    """Convolution with weights, products and sums rounded to few bits.

    Shape:    x (N, C, H, W) -> (N, num_output, H', W') as Convolution
    Params:   as Convolution; quantization_param
    Weights:  as Convolution
    Differs:  only its shapes are known here
    Raises:   as Convolution; UnsupportedError where it is to run
    Source:   IVS-Caffe caffe-fast-rcnn/src/caffe/ristretto/layers/conv_ivs_layer.cpp
    """

    type = "ConvolutionIVS"
    origin = "IVS-Caffe"
    shapes_only = True
    examples: ClassVar[tuple[Example, ...]] = ()

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
