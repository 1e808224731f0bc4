"""RankHardLoss: a ranking loss over mined pictures of other places (crn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class RankHardLoss(ShapesOnlyLoss):
    """Loss of pairs of pictures of one place against mined ones of places far away.

    Shape:    features (N, any), latitude (N), longitude (N) -> ()
    Params:   rank_param neg_num; pair_size; hard_ratio; rand_ratio; margin
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   crn caffe/src/caffe/layers/rank_hard_loss_layer.cpp
    """

    type = "RankHardLoss"
    origin = "crn"
    bottoms, tops = (2, None), 1
