"""Deconvolution: the transpose of a convolution, which enlarges."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from caffe2torch.layers._convolution import CaffeSliding, ConvolutionBase
from caffe2torch.layers._window import Window, window
from caffe2torch.layers.base import Example, Shape, Site
from caffe2torch.layers.lazy import F, torch


class Deconvolution(ConvolutionBase):
    """The gradient of a convolution with respect to its input, plus a bias for each channel.

    Shape:    x (N, C, H, W) -> (N, num_output, H', W'), H' = stride · (H − 1) + extent − 2·pad,
              extent = dilation · (kernel − 1) + 1; any number of spatial axes after axis, any
              number of bottoms, each with a top of its own
    Params:   num_output; kernel_size or kernel_h, kernel_w; stride [1]; pad [0]; dilation [1];
              group [1]; bias_term [true]; axis [1]; weight_filler; bias_filler
    Weights:  weight (C, num_output / group, kernel...); bias (num_output)
    Differs:  nothing; torch's own modules where they exist, else CaffeDeconvolution
    Raises:   ShapeError for sizes that do not fit; UnsupportedError for Intel's fused sums
    Source:   Caffe src/caffe/layers/base_conv_layer.cpp and deconv_layer.cpp
    """

    type = "Deconvolution"
    twin = "ConvTranspose"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("convolution_param { num_output: 4 kernel_size: 3 }", bottoms=[(2, 3, 4, 5)]),
        Example(
            "convolution_param { num_output: 4 kernel_size: 4 stride: 2 pad: 1 group: 4 "
            'bias_term: false weight_filler { type: "bilinear" } }',
            bottoms=[(2, 4, 3, 3)],
        ),
        Example(
            "convolution_param { num_output: 2 kernel_size: 3 axis: 2 dilation: 2 }",
            bottoms=[(2, 2, 3, 3, 3)],
        ),
        Example(
            "convolution_param { num_output: 2 kernel_size: 2 stride: 2 pad: 1 }",
            bottoms=[(1, 2, 2, 3, 2, 3)],
        ),
    )

    def weight_shape(self, x: Site, channels: int, w: Window) -> Shape:
        return (channels, self.num_output(x) // self.group(x), *w.kernel)

    def sizes(self, w: Window, spatial: Shape) -> Shape:
        return w.spread(spatial)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        weight = self.weight_shape(x, x.bottoms[0][window(x).axis], window(x))
        return sum(math.prod(bottom) for bottom in x.bottoms) * math.prod(weight[1:])


def deconv_nd(
    x: torch.Tensor, weight: torch.Tensor, stride: Any, pad: Any, dilation: Any, groups: int
) -> torch.Tensor:
    """Deconvolution over weight.dim() − 2 axes; beyond three, one axis is spread step by step."""
    n = weight.dim() - 2
    if n == 0:
        return F.conv_transpose1d(x.unsqueeze(2), weight.unsqueeze(2), groups=groups).squeeze(2)
    if n <= 3:
        deconv: Any = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[n - 1]
        return deconv(x, weight, None, stride, pad, 0, groups, dilation)
    size, taps = x.size(2), weight.size(2)
    flat = x.transpose(1, 2).flatten(0, 1)
    wide = stride[0] * (size - 1) + dilation[0] * (taps - 1) + 1
    total: Any = None
    for i in range(taps):
        part = deconv_nd(flat, weight.select(2, i), stride[1:], pad[1:], dilation[1:], groups)
        part = part.unflatten(0, (-1, size)).transpose(1, 2)
        if total is None:
            total = part.new_zeros(*part.shape[:2], wide, *part.shape[3:])
        first = i * dilation[0]
        total[:, :, first : first + stride[0] * (size - 1) + 1 : stride[0]] += part
    return total.narrow(2, pad[0], wide - 2 * pad[0])


class CaffeDeconvolution(CaffeSliding):
    """Deconvolution where torch has no module: axis other than 1, none or many spatial axes."""

    def sizes(self, channels: int, num_output: int, groups: int) -> tuple[int, int]:
        """(C, num_output / groups)."""
        return channels, num_output // groups

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        flat = x.reshape(-1, *x.shape[self.axis :])
        y = deconv_nd(flat, self.weight, self.stride, self.padding, self.dilation, self.groups)
        if self.bias is not None:
            y = y + self.bias.view(-1, *[1] * (y.dim() - 2))
        return y.reshape(*x.shape[: self.axis], *y.shape[1:])


Deconvolution.helper = CaffeDeconvolution
