"""CosinL2Normalize: cosines of features and classes, with a margin (caffe_train)."""

from __future__ import annotations

import math

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Blob, Shape, Site


class CosinL2Normalize(ShapesOnly):
    """Cosines between features and the weights of classes, less a margin for the true one.

    Shape:    x (N, ...), labels (N, ...) -> (N, num_output)
    Params:   cosin_loss_param num_output; margin; scale; axis; cosin_filler
    Weights:  weight (num_output, C)
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/cosin_l2_normalize_innerproduct.cpp
    """

    type = "CosinL2Normalize"
    origin = "caffe_train"
    bottoms, tops = 2, 1
    param_field = "cosin_loss_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(x.shape(0, 1)[0], x.param.cosin_loss_param.num_output)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        shape = (x.param.cosin_loss_param.num_output, math.prod(x.bottoms[0][1:]))
        return {"weight": Blob(shape)}
