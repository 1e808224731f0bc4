"""CreateMaskVector: which labels a map holds (TGPnet)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class CreateMaskVector(ShapesOnly):
    """For each label, whether or how often a map holds it.

    Shape:    labels (N, 1, H, W) -> (N, num_label, 1, 1)
    Params:   create_mask_vector_param num_label [18]; pool [MAX]
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   TGPnet caffe/src/caffe/layers/create_mask_vector_layer.cpp
    """

    type = "CreateMaskVector"
    origin = "TGPnet"
    bottoms, tops = 1, 1
    param_field = "create_mask_vector_param"

    def shapes(self, x: Site) -> list[Shape]:
        n = x.shape(0, 4, 4)[0]
        return [(n, x.param.create_mask_vector_param.num_label, 1, 1)]
