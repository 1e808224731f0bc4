"""DepthwiseConvolution: Convolution under the name of a fork that made its grouped case fast."""

from __future__ import annotations

from caffe2torch.layers.base import Example
from caffe2torch.layers.convolution import Convolution


class DepthwiseConvolution(Convolution):
    """Convolution; group is read from the parameters as always, and is meant to equal C.

    Shape:    x (N, C, H, W) -> (N, num_output, H', W'), as Convolution's
    Params:   as Convolution's
    Weights:  weight (num_output, C / group, kernel...); bias (num_output)
    Differs:  nothing
    Raises:   as Convolution
    Source:   github.com/yonghenglh6/DepthwiseConvolution, a subclass of Caffe's
              BaseConvolutionLayer
    """

    type = "DepthwiseConvolution"
    origin = "DepthwiseConvolution"
    examples = (
        Example(
            "convolution_param { num_output: 4 kernel_size: 3 group: 4 pad: 1 }",
            bottoms=[(2, 4, 5, 6)],
        ),
    )
