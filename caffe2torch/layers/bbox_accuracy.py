"""BboxAccuracy: how well boxes overlap with the true ones (mscnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class BboxAccuracy(ShapesOnly):
    """Mean overlap of the predicted boxes, and of the regions they came from.

    Shape:    offsets (R, 8), regions (R, 5), true boxes (R, 6) -> (1, 1, 1, 1), one or two
    Params:   bbox_reg_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Cai et al., MS-CNN (2016); mscnn src/caffe/layers/bbox_accuracy_layer.cpp
    """

    type = "BboxAccuracy"
    origin = "mscnn"
    bottoms, tops = 3, (1, 2)
    backward = "cannot run backward"
    roles = frozenset({Role.METRIC})

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 1, 1, 1)] * x.n_tops
