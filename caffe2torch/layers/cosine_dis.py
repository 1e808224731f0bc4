"""CosineDis: similarities of pairs to a dictionary (MAF)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class CosineDis(ShapesOnly):
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

    def shapes(self, x: Site) -> list[Shape]:
        n, rows = 2 * x.shape(0, 2)[0], x.shape(2, 2)[0]
        return [(n, rows + 1), (n,)]
