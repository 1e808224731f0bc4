"""BatchTripletLoss: a loss over all triplets of a batch (caffe-sl)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class BatchTripletLoss(ShapesOnly):
    """Mean over all triplets of a batch of max(0, margin + near - far), and over its pairs.

    Shape:    features (N, any), labels (N), of one class side by side -> (), share of right
              triplets ()[, numbers (1, 1, 1, 5)]
    Params:   triplet_loss_param margin [1]; mu [1]; sample [false]
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe-sl src/caffe/layers/batch_triplet_loss_layer.cpp
    """

    type = "BatchTripletLoss"
    origin = "caffe-sl"
    bottoms, tops = 2, (2, 3)
    loss = True
    param_field = "triplet_loss_param"

    def shapes(self, x: Site) -> list[Shape]:
        shapes: list[Shape] = [(), (), (1, 1, 1, 5)]
        return shapes[: x.n_tops]
