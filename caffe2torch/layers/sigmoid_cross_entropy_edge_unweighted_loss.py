"""SigmoidCrossEntropyEdgeUnweightedLoss: cross entropy of edges, unweighted (DDS)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class SigmoidCrossEntropyEdgeUnweightedLoss(Layer):
    """Cross entropy of the sigmoid of scores: edges, unweighted.

    Shape:    scores (N, C, H, W), labels -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Liu et al., Diverse deep supervision (2018); yun-liu DDS
              src/caffe/layers/sigmoid_cross_entropy_edge_unweighted_loss_layer.cpp
    """

    type = "SigmoidCrossEntropyEdgeUnweightedLoss"
    origin = "DDS"
    bottoms, tops = 2, 1
    loss = True
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
