"""EuclideanLossHeatmap: distance of maps of points (caffe-heatmap)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class EuclideanLossHeatmap(ShapesOnlyLoss):
    """Squared distances of maps, half of them, by the number of items.

    Shape:    x (N, C, H, W), target of the same shape[, images] -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Pfister et al., Flowing ConvNets (2015); caffe-heatmap
              src/caffe/layers/euclidean_loss_heatmap_layer.cpp
    """

    type = "EuclideanLossHeatmap"
    origin = "caffe-heatmap"
    bottoms, tops = (2, 3), 1
