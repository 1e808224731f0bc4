"""MTCNNEuclideanLoss: Euclidean loss of the items that count (MTCNN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class MTCNNEuclideanLoss(ShapesOnlyLoss):
    """Half the mean squared distance of the items whose label is not ignored.

    Shape:    x (N, any), target, labels (N) -> ()
    Params:   loss_param ignore_label
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe-windows based MTCNN, mtcnn_euclidean_loss_layer.cpp
    """

    type = "MTCNNEuclideanLoss"
    origin = "MTCNN"
    bottoms, tops = 3, 1
