"""Convert: columns of a map as steps of a sequence (Curve-Text-Detector)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class Convert(ShapesOnly):
    """Columns of a map as the steps of a sequence, and where sequences begin.

    Shape:    x (N, C, ..., W) -> (W, N, C)[, (W, N)]
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Liu et al., Curve text detection (2017); Curve-Text-Detector caffe convert_layer.cpp
    """

    type = "Convert"
    origin = "Curve-Text-Detector"
    bottoms, tops = 1, (1, 2)
    roles = frozenset({Role.RESHAPING})

    def shapes(self, x: Site) -> list[Shape]:
        shape = x.shape(0, 3)
        width, n, channels = shape[-1], *shape[:2]
        tops: list[Shape] = [(width, n, channels), (width, n)]
        return tops[: x.n_tops]
