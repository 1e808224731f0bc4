"""SigmoidCrossEntropyEdgeUnweightedLoss: cross entropy of edges, unweighted (DDS)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class SigmoidCrossEntropyEdgeUnweightedLoss(ShapesOnlyLoss):
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
