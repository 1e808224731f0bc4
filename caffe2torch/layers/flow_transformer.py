"""FlowTransformer: a map read where a flow points (Hidden-Two-Stream)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class FlowTransformer(Layer):
    """A map read where the flow of each pixel points.

    Shape:    x (N, C, H, W), flow (N, 2, H, W) -> (N, C, H, W)
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Zhu et al., Hidden Two-Stream Convolutional Networks (2018); its caffe
              flow_transformer_layer.cpp
    """

    type = "FlowTransformer"
    origin = "Hidden-Two-Stream"
    bottoms, tops = 2, 1
    shapes_only = True
    roles = frozenset({Role.RESHAPING})

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
