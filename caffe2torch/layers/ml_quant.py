"""MLQuant: values rounded to learned levels (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Blob, Shape, Site


class MLQuant(ShapesOnly):
    """Values rounded to levels that are learned, and the numbers of the levels.

    Shape:    x (N, C, H, W) -> two of the same
    Params:   mlquant_param groups [1], the levels; method
    Weights:  levels (K, C, 1, groups), state (5, 1, 1, 1), counts like the levels; K is 1, or
              (groups + 1)² + 1 for NEIGHBOR
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/ml_quant_layer.cpp
    """

    type = "MLQuant"
    origin = "CCN"
    bottoms, tops = 1, (1, 2)
    param_field = "mlquant_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 2)] * x.n_tops

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.mlquant_param
        kinds = 1 if param.method == param.SINGLE else (param.groups + 1) ** 2 + 1
        levels = (kinds, x.bottoms[0][1], 1, param.groups)
        shapes = {"levels": levels, "state": (5, 1, 1, 1), "counts": levels}
        return {key: Blob(shape, learnable=key == "levels") for key, shape in shapes.items()}
