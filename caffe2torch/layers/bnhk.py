"""BNHK: batch normalisation with stored averages (CaffeMex_v2)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Blob, Role, Shape, Site


class BNHK(ShapesOnly):
    """Batch normalisation with factor, offset and stored averages.

    Shape:    x (N, C, H, W) -> same
    Params:   bnhk_param slope_filler; bias_filler; momentum [0.9]; eps; frozen
    Weights:  slope, bias, mean, variance (1, C, 1, 1)
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   CaffeMex_v2 src/caffe/layers/bnhk_layer.cpp
    """

    type = "BNHK"
    origin = "CaffeMex_v2"
    bottoms, tops = 1, 1
    roles = frozenset({Role.NORMALIZER})
    param_field = "bnhk_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 2, 4)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        shape = (1, x.bottoms[0][1], 1, 1)
        learned = {key: Blob(shape) for key in ("slope", "bias")}
        return learned | {key: Blob(shape, learnable=False) for key in ("mean", "variance")}
