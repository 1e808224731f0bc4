"""CheckAtt: attention where both of two maps are (AttentionMask)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class CheckAtt(ShapesOnly):
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

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)] * 2
