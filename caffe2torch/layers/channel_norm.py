"""ChannelNorm: the length of each pixel's vector of channels (FlowNet 2)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class ChannelNorm(Layer):
    """sqrt of the sum over the channels of x².

    Shape:    x (N, C, H, W) -> (N, 1, H, W)
    Params:   none
    Weights:  none
    Differs:  the gradient at 0 is 0; the fork adds a small number to the length there
    Raises:   ShapeError for other than 4 axes
    Source:   Ilg et al., FlowNet 2.0 (2017); flownet2 src/caffe/layers/channel_norm_layer.cpp
    """

    type = "ChannelNorm"
    origin = "flownet2"
    homogeneous = True
    examples = (Example("", bottoms=[(2, 3, 4, 5)]),)

    def shapes(self, x: Site) -> list[Shape]:
        shape = x.bottoms[0]
        if len(shape) != 4:
            raise ShapeError(f"takes maps (N, C, H, W), not {shape}", field="bottom")
        return [(shape[0], 1, *shape[2:])]

    def code(self, x: Site) -> Code:
        return op(channel_norm)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0])


def channel_norm(x: torch.Tensor) -> torch.Tensor:
    """Lengths (N, 1, H, W) of the channel vectors of (N, C, H, W)."""
    return torch.linalg.vector_norm(x, dim=1, keepdim=True)
