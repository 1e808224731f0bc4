"""CosineSimilarityBatch: cosines of all pairs of a batch (FAPPY)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class CosineSimilarityBatch(ShapesOnly):
    """Cosine of each pair of rows, and whether their labels agree.

    Shape:    x (N, C), labels (N) -> cosines and flags (N * (N - 1) / 2, 1, 1, 1)
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   fappy_metric_learning caffe/src/caffe/layers/cosine_similarity_batch_layer.cpp
    """

    type = "CosineSimilarityBatch"
    origin = "FAPPY"
    bottoms, tops = 2, 2

    def shapes(self, x: Site) -> list[Shape]:
        n = x.shape(0, 1)[0]
        pairs: Shape = (n * (n - 1) // 2, 1, 1, 1)
        return [pairs, pairs]
