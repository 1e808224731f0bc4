"""EuclideanLossHeatmap: distance of maps of points (caffe-heatmap)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class EuclideanLossHeatmap(Layer):
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
    loss = True
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
