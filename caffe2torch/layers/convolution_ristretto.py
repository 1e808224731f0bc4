"""ConvolutionRistretto: a convolution in few bits (Ristretto)."""

from __future__ import annotations

from typing import ClassVar

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Example, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.convolution import Convolution


class ConvolutionRistretto(Convolution):
    """Convolution with weights and values rounded to few bits.

    Shape:    x (N, C, H, W) -> (N, num_output, H', W') as Convolution
    Params:   as Convolution; quantization_param
    Weights:  as Convolution
    Differs:  only its shapes are known here
    Raises:   as Convolution; UnsupportedError where it is to run
    Source:   Gysel et al., Ristretto (2016); pmgysel caffe
              src/caffe/ristretto/layers/conv_ristretto_layer.cpp
    """

    type = "ConvolutionRistretto"
    origin = "Ristretto"
    shapes_only = True
    examples: ClassVar[tuple[Example, ...]] = ()

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
