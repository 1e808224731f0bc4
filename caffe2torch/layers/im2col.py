"""Im2col: the patches under a sliding window, as channels."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.layers._window import window
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class Im2col(Layer):
    """Each window of the image laid out along the channel axis.

    Shape:    x (N, C, H, W) -> (N, C · kernel_h · kernel_w, H', W'), sizes as Convolution's; any
              number of spatial axes after axis
    Params:   kernel_size or kernel_h, kernel_w; stride [1]; pad [0]; dilation [1]; axis [1]
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for sizes that do not fit
    Source:   Caffe src/caffe/layers/im2col_layer.cpp; src/caffe/util/im2col.cpp, im2col_nd_core_cpu
    """

    type = "Im2col"
    param_field = "convolution_param"
    examples = (
        Example("convolution_param { kernel_size: 3 stride: 2 pad: 1 }", bottoms=[(2, 3, 5, 6)]),
        Example("convolution_param { kernel_size: 2 dilation: 2 }", bottoms=[(2, 2, 3, 4, 5)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        w, first = window(x, least_axes=1), x.bottoms[0]
        channels = first[w.axis] * math.prod(w.kernel)
        return [(*first[: w.axis], channels, *w.slid(first[w.axis + 1 :]))]

    def unasked(self, x: Site) -> tuple[int, ...]:
        return (0,)

    def code(self, x: Site) -> Code:
        w = window(x)
        return op(im2col, kernel=w.kernel, stride=w.stride, pad=w.pad, dilation=w.dilation)


def im2col(x: torch.Tensor, kernel: Any, stride: Any, pad: Any, dilation: Any) -> torch.Tensor:
    """(..., C, sizes...) -> (..., C · kernel sizes, output sizes...) over the last axes."""
    n = len(kernel)
    first, lead = x.dim() - n, x.shape[: x.dim() - n - 1]
    edges: list[int] = []
    for size, k, p, d in zip(x.shape[first:], kernel, pad, dilation, strict=True):
        short = max(0, d * (k - 1) + 1 - size - 2 * p)
        edges = [p, p + short, *edges]
    x = F.pad(x, edges)
    for i in range(n):
        # a new last axis holds the window over spatial axis i
        x = x.unfold(first + i, dilation[i] * (kernel[i] - 1) + 1, stride[i])[..., :: dilation[i]]
    order = [*range(first), *range(first + n, first + 2 * n), *range(first, first + n)]
    return x.permute(order).reshape(*lead, -1, *x.shape[first : first + n])
