"""TripletSampling: anchors, positives and negatives of a batch (guoyilin)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class TripletSampling(ShapesOnly):
    """Anchors, positives and negatives drawn from a batch. How many is known only when it runs.

    Shape:    x (N, C), labels (N) -> anchors, positives and negatives (N, C, 1, 1)
    Params:   as its fork
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   guoyilin caffe src/caffe/layers/triplet_sampling_layer.cpp
    """

    type = "TripletSampling"
    origin = "guoyilin"
    bottoms, tops = 2, 3

    def shapes(self, x: Site) -> list[Shape]:
        n, c = x.shape(0, 2)[:2]
        return [(n, c, 1, 1)] * 3
