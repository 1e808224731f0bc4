"""ConstScale: x times a constant (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class ConstScale(Layer):
    """Every value times a constant.

    Shape:    x, any -> same
    Params:   const_scale_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe
    """

    type = "ConstScale"
    origin = "CCN"
    bottoms, tops = 1, 1
    shapes_only = True
    roles = frozenset({Role.AFFINE})
    homogeneous = True
    param_field = "const_scale_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
