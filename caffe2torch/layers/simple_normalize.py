"""SimpleNormalize: features of length 1 (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class SimpleNormalize(Layer):
    """Each item divided by its length.

    Shape:    x (N, ...) -> (N, C, H, W)
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/simplenormalize_layer.cpp
    """

    type = "SimpleNormalize"
    origin = "caffe_train"
    bottoms, tops = 1, 1
    shapes_only = True
    roles = frozenset({Role.NORMALIZER})

    def shapes(self, x: Site) -> list[Shape]:
        return [(*x.shape(0, 1, 4), 1, 1, 1)[:4]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
