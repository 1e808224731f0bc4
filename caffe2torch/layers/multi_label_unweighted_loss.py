"""MultiLabelUnweightedLoss: cross entropy of several labels an item (DDS)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class MultiLabelUnweightedLoss(ShapesOnlyLoss):
    """Cross entropy of the sigmoid of scores: several labels an item.

    Shape:    scores (N, C, H, W), labels -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Liu et al., Diverse deep supervision (2018); yun-liu DDS
              src/caffe/layers/multi_label_unweighted_loss_layer.cpp
    """

    type = "MultiLabelUnweightedLoss"
    origin = "DDS"
    bottoms, tops = 2, 1
