"""PrecisionRecall: precision and recall by class (CAFFE-DACH)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class PrecisionRecall(ShapesOnly):
    """Precision and recall of each class.

    Shape:    scores (N, C, any), labels -> precision and recall (C, any)
    Params:   precision_recall_param axis
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   JiahaoLi-gdut CAFFE-DACH src/caffe/layers/precision_recall_layer.cpp
    """

    type = "PrecisionRecall"
    origin = "CAFFE-DACH"
    bottoms, tops = 2, 2
    param_field = "precision_recall_param"

    def shapes(self, x: Site) -> list[Shape]:
        axis = x.axis(x.param.precision_recall_param.axis, "precision_recall_param.axis")
        return [x.bottoms[0][axis:]] * 2
