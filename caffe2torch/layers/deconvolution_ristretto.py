"""DeconvolutionRistretto: a deconvolution in few bits (Ristretto)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.deconvolution import Deconvolution


class DeconvolutionRistretto(Deconvolution):
    """Deconvolution with weights and values rounded to few bits.

    Shape:    x (N, C, H, W) -> (N, num_output, H', W') as Deconvolution
    Params:   as Deconvolution; quantization_param
    Weights:  as Deconvolution
    Differs:  only its shapes are known here
    Raises:   as Deconvolution; UnsupportedError where it is to run
    Source:   Gysel et al., Ristretto (2016); pmgysel caffe
              src/caffe/ristretto/layers/deconv_ristretto_layer.cpp
    """

    type = "DeconvolutionRistretto"
    origin = "Ristretto"
    shapes_only = True
    examples = ()

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
