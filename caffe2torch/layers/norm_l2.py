"""NormL2: features of length 1 (SeqFace)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class NormL2(Layer):
    """Each item divided by its length.

    Shape:    x (N, ...) -> (N, C, H, W)
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Hu et al., SeqFace (2018); SeqFace caffe src/caffe/layers/normL2_layer.cpp
    """

    type = "NormL2"
    origin = "SeqFace"
    bottoms, tops = 1, (1, 2)
    shapes_only = True
    roles = frozenset({Role.NORMALIZER})

    def shapes(self, x: Site) -> list[Shape]:
        shape = (*x.shape(0, 1, 4), 1, 1, 1)[:4]
        return [shape] * x.n_tops

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
