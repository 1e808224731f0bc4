"""SigmoidCrossEntropyEdgeLoss: cross entropy of edges, balanced (DDS)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class SigmoidCrossEntropyEdgeLoss(ShapesOnlyLoss):
    """Cross entropy of the sigmoid of scores: edges, balanced.

    Shape:    scores (N, C, H, W), labels -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Liu et al., Diverse deep supervision (2018); yun-liu DDS
              src/caffe/layers/sigmoid_cross_entropy_edge_loss_layer.cpp
    """

    type = "SigmoidCrossEntropyEdgeLoss"
    origin = "DDS"
    bottoms, tops = 2, 1
