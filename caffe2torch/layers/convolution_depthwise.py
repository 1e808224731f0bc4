"""ConvolutionDepthwise: one filter for each channel."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._window import window
from caffe2torch.layers.base import Example, Shape, Site
from caffe2torch.layers.convolution import Convolution


class ConvolutionDepthwise(Convolution):
    """Convolution with as many groups and outputs as channels, whatever the file says.

    Shape:    x (N, C, H, W) -> (N, C, H', W'), sizes as Convolution's
    Params:   kernel_size or kernel_h, kernel_w; stride [1]; pad [0]; dilation [1];
              bias_term [true]; weight_filler; bias_filler; num_output and group are ignored
    Weights:  weight (C, 1, kernel_h, kernel_w); bias (C)
    Differs:  nothing
    Raises:   ShapeError for sizes that do not fit, or a bottom that is not 4-D
    Source:   ConvolutionDepthwiseLayer of ShuffleNet's and MobileNet's Caffe forks
              (conv_dw_layer.cpp)
    """

    type = "ConvolutionDepthwise"
    origin = "ShuffleNet"
    bottoms, tops = 1, 1
    examples = (
        Example(
            "convolution_param { kernel_size: 3 pad: 1 stride: 2 bias_term: false }",
            bottoms=[(2, 4, 5, 6)],
        ),
    )

    def num_output(self, x: Site) -> int:
        return x.bottoms[0][1]

    def group(self, x: Site) -> int:
        return x.bottoms[0][1]

    def shapes(self, x: Site) -> list[Shape]:
        if len(x.bottoms[0]) != 4 or window(x).axis != 1:
            raise ShapeError(
                f"takes a bottom of 4 axes (N, C, H, W), not {x.bottoms[0]}",
                field="bottom",
                hint="use Convolution with group for other shapes",
            )
        return super().shapes(x)
