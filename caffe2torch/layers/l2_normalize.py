"""L2Normalize: items of length 1 (HBP)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class L2Normalize(Layer):
    """Items of length 1.

    Shape:    x (N, any) -> same
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Yu et al. (2018); Hierarchical-Bilinear-Pooling caffe
    """

    type = "L2Normalize"
    origin = "HBP"
    bottoms, tops = 1, 1
    shapes_only = True
    roles = frozenset({Role.NORMALIZER})

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
