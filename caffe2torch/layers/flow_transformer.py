"""FlowTransformer: a map read where a flow points (Hidden-Two-Stream)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame
from caffe2torch.layers.base import Role


class FlowTransformer(ShapesOnlySame):
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
    roles = frozenset({Role.RESHAPING})
