"""CosineDis: similarities of pairs to a dictionary (MAF)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class CosineDis(Layer):
    """Cosine similarities of two features of each item to rows of a dictionary and to each other.

    Shape:    x (N, K), y the same, rows (M, K) -> (2 N, M + 1), labels (2 N)
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   MAF caffe-fast-rcnn/src/caffe/layers/cosine_dis_layer.cpp
    """

    type = "CosineDis"
    origin = "MAF"
    bottoms, tops = (3, None), 2
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        n, rows = 2 * x.shape(0, 2)[0], x.shape(2, 2)[0]
        return [(n, rows + 1), (n,)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
