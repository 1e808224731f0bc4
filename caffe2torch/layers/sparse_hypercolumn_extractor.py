"""SparseHypercolumnExtractor: values of many maps at chosen pixels (mix-and-match)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class SparseHypercolumnExtractor(ShapesOnly):
    """For each chosen pixel the channels of all maps at its place.

    Shape:    pixels (N, L, 2), maps (N, C, H, W), ... -> (N * L, all C)
    Params:   sparse_hypercolumn_extractor_param scale, offset_height, offset_width,
              activation_mult, one a map
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Zhan et al., Mix-and-Match Tuning (2018); its caffe
              src/caffe/layers/sparse_hypercolumn_extractor_layer.cpp
    """

    type = "SparseHypercolumnExtractor"
    origin = "mix-and-match"
    bottoms, tops = (2, None), 1
    param_field = "sparse_hypercolumn_extractor_param"

    def shapes(self, x: Site) -> list[Shape]:
        pixels = x.shape(0, 3, 3)
        channels = sum(x.shape(i, 2)[1] for i in range(1, len(x.bottoms)))
        return [(pixels[0] * pixels[1], channels)]
