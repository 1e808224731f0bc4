"""CheckAtt: attention where both of two maps are (AttentionMask)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class CheckAtt(Layer):
    """Attention of two maps where they agree.

    Shape:    x (N, C, H, W), y the same -> two of the shape
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Wilms and Frintrop, AttentionMask (2018); its caffe check_att_layer.cpp
    """

    type = "CheckAtt"
    origin = "AttentionMask"
    bottoms, tops = 2, 2
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)] * 2

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
