"""TernaryConvolution: Convolution with weights of three levels (Stochastic-Quantization)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.convolution import Convolution


class TernaryConvolution(Convolution):
    """Convolution whose weights count as -1, 0 or 1 times a mean size.

    Shape:    x (N, any) -> as Convolution
    Params:   as Convolution
    Weights:  as Convolution, in full precision
    Differs:  only its shapes and blobs are known here
    Raises:   UnsupportedError where it is to run
    Source:   Dong et al., Stochastic quantization (2017); Stochastic-Quantization caffe
    """

    type = "TernaryConvolution"
    aliases = ()
    origin = "Stochastic-Quantization"
    shapes_only = True
    examples = ()

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its weights of three levels are not reproduced")
