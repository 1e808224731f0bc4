"""GRN: channels of each pixel of length 1 (training_toolbox_caffe)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class GRN(Layer):
    """Every pixel of a map divided by the length of its channels.

    Shape:    x (N, C, H, W) -> same
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   training_toolbox_caffe src/caffe/layers/grn_layer.cpp
    """

    type = "GRN"
    origin = "training_toolbox_caffe"
    bottoms, tops = 1, 1
    shapes_only = True
    roles = frozenset({Role.NORMALIZER})

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its constant is not known here")
