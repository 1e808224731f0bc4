"""RandomMaclaurin: a product of random projections (MAF)."""

from __future__ import annotations

import math

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Blob, Shape, Site


class RandomMaclaurin(ShapesOnly):
    """Product of the random projections of two features.

    Shape:    x (N, any), y (N, any) -> (N, num_output)
    Params:   random_maclaurin_param num_output [1]; distribution_type; ...
    Weights:  two projections (K, num_output), drawn anew in each epoch
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   He and Zhang (2019); MAF caffe-fast-rcnn/src/caffe/layers/random_maclaurin_layer.cpp
    """

    type = "RandomMaclaurin"
    origin = "MAF"
    bottoms, tops = 2, 1
    param_field = "random_maclaurin_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(x.shape(0, 1)[0], x.param.random_maclaurin_param.num_output)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        outputs = x.param.random_maclaurin_param.num_output
        return {
            key: Blob((math.prod(shape[1:]), outputs), learnable=False)
            for key, shape in zip(("first", "second"), x.bottoms, strict=True)
        }
