"""Warp: a map moved along a flow (PWC-Net)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class Warp(Layer):
    """The value at the place the flow of each pixel points to.

    Shape:    x (N, C, H, W), flow (N, 2, H, W) -> (N, C, H, W)
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Sun et al., PWC-Net (2018); PWC-Net Caffe warp_layer
    """

    type = "Warp"
    origin = "PWC-Net"
    bottoms, tops = 2, 1
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its source was not found in public")
