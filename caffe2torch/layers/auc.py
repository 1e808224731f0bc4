"""AUC: area under the curve by class (CAFFE-DACH)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class AUC(ShapesOnly):
    """Area under the receiver's curve of each class.

    Shape:    scores (N, C, any), labels -> (C, any)
    Params:   auc_param axis
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   JiahaoLi-gdut CAFFE-DACH src/caffe/layers/auc_layer.cpp
    """

    type = "AUC"
    origin = "CAFFE-DACH"
    bottoms, tops = 2, 1
    param_field = "auc_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0][x.axis(x.param.auc_param.axis, "auc_param.axis") :]]
