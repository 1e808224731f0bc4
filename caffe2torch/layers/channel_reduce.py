"""ChannelReduce: groups of channels summed, or their largest (segaware)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class ChannelReduce(ShapesOnly):
    """Sums or largest values of groups of channels.

    Shape:    x (N, C, H, W) -> (N, num_channels, H, W)
    Params:   num_channels [1]; operation [MAX]
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Harley et al., Segmentation-aware convolutional networks (2017); segaware caffe
              channel_reduce_layer.cpp
    """

    type = "ChannelReduce"
    origin = "segaware"
    bottoms, tops = 1, 1
    param_field = "channel_reduce_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = x.shape(0, 4, 4)
        return [(n, x.param.channel_reduce_param.num_channels, h, w)]
