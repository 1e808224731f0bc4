"""Convolution: over any number of spatial axes, grouped, dilated."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from caffe2torch.layers._convolution import CaffeSliding, ConvolutionBase
from caffe2torch.layers._window import Window, window
from caffe2torch.layers.base import Example, Shape, Site
from caffe2torch.layers.lazy import F, torch


class Convolution(ConvolutionBase):
    """Cross-correlation with num_output filters, plus a bias for each.

    Shape:    x (N, C, H, W) -> (N, num_output, H', W'), H' = (H + 2·pad − extent) / stride + 1
              rounded down, extent = dilation · (kernel − 1) + 1; any number of spatial axes after
              axis, any number of bottoms, each with a top of its own
    Params:   num_output; kernel_size or kernel_h, kernel_w; stride [1]; pad [0]; dilation [1];
              group [1]; bias_term [true]; axis [1]; weight_filler; bias_filler
    Weights:  weight (num_output, C / group, kernel...); bias (num_output)
    Differs:  nothing; torch's own modules where they exist, else CaffeConvolution
    Raises:   ShapeError for sizes that do not fit; UnsupportedError for Intel's fused sums
    Source:   Caffe src/caffe/layers/base_conv_layer.cpp and conv_layer.cpp
    """

    type = "Convolution"
    twin = "Conv"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("convolution_param { num_output: 4 kernel_size: 3 }", bottoms=[(2, 3, 7, 6)]),
        Example(
            "convolution_param { num_output: 4 kernel_h: 2 kernel_w: 3 stride: 2 pad: 1 group: 2 "
            'dilation: 2 bias_term: false weight_filler { type: "xavier" } }',
            bottoms=[(2, 4, 8, 9)],
        ),
        Example("convolution_param { num_output: 3 kernel_size: 2 }", bottoms=[(2, 3, 5, 4, 6)]),
        Example(
            "convolution_param { num_output: 3 kernel_size: 2 axis: 2 }", bottoms=[(2, 3, 2, 5, 4)]
        ),
        Example(
            "convolution_param { num_output: 2 kernel_size: 2 pad: 1 stride: 2 }",
            bottoms=[(2, 2, 3, 3, 3, 3)],
        ),
        Example(
            "convolution_param { num_output: 2 kernel_size: 3 }",
            bottoms=[(2, 3, 5, 5), (2, 3, 5, 5)],
            tops=2,
        ),
    )

    def weight_shape(self, x: Site, channels: int, w: Window) -> Shape:
        return (self.num_output(x), channels // self.group(x), *w.kernel)

    def sizes(self, w: Window, spatial: Shape) -> Shape:
        return w.slid(spatial)

    def fits(self, x: Site, w: Window) -> bool:
        return min(w.slack(x.bottoms[0][w.axis + 1 :])) >= 0

    def cost(self, x: Site, tops: list[Shape]) -> int:
        weight = self.weight_shape(x, x.bottoms[0][window(x).axis], window(x))
        return sum(math.prod(top) for top in tops) * math.prod(weight[1:])


def conv_nd(
    x: torch.Tensor, weight: torch.Tensor, stride: Any, pad: Any, dilation: Any, groups: int
) -> torch.Tensor:
    """Convolution over weight.dim() − 2 axes; beyond three, one axis is summed over its kernel."""
    n = weight.dim() - 2
    if n == 0:
        return F.conv1d(x.unsqueeze(2), weight.unsqueeze(2), groups=groups).squeeze(2)
    if n <= 3:
        conv: Any = (F.conv1d, F.conv2d, F.conv3d)[n - 1]
        return conv(x, weight, None, stride, pad, dilation, groups)
    x = F.pad(x, [0, 0] * (n - 1) + [pad[0], pad[0]])
    reach = dilation[0] * (weight.size(2) - 1)
    out = (x.size(2) - reach - 1) // stride[0] + 1
    total: Any = 0
    for i in range(weight.size(2)):
        rows = x.narrow(2, i * dilation[0], (out - 1) * stride[0] + 1)[:, :, :: stride[0]]
        flat = rows.transpose(1, 2).flatten(0, 1)
        part = conv_nd(flat, weight.select(2, i), stride[1:], pad[1:], dilation[1:], groups)
        total = total + part.unflatten(0, (-1, out)).transpose(1, 2)
    return total


class CaffeConvolution(CaffeSliding):
    """Convolution where torch has no module: axis other than 1, none or many spatial axes,
    or a window that sticks out of the padded image by less than a stride.
    """

    def sizes(self, channels: int, num_output: int, groups: int) -> tuple[int, int]:
        """(num_output, C / groups)."""
        return num_output, channels // groups

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        lead, window = x.shape[: self.axis], self.weight.shape[2:]
        flat = x.reshape(-1, *x.shape[self.axis :])
        short: list[int] = []
        for size, k, p, d in zip(flat.shape[2:], window, self.padding, self.dilation, strict=True):
            short = [0, max(0, d * (k - 1) + 1 - size - 2 * p), *short]
        flat = F.pad(flat, short) if any(short) else flat
        y = conv_nd(flat, self.weight, self.stride, self.padding, self.dilation, self.groups)
        if self.bias is not None:
            y = y + self.bias.view(-1, *[1] * len(window))
        return y.reshape(*lead, *y.shape[1:])


Convolution.helper = CaffeConvolution
