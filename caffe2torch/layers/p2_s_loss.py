"""P2SLoss: distances of pictures to sets of a person (Person-Re-ID)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class P2SLoss(ShapesOnlyLoss):
    """Point-to-set loss of pairs of a probe and a gallery picture.

    Shape:    features (N, K, 1, 1), labels (N, 1, 1, 1) -> ()
    Params:   p2s_loss_param margin1, margin2, margin3; weight; num_positive, num_negative; ...
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Zhou et al., Point to Set Similarity (2017); Person-Re-ID
              src/caffe/layers/p2s_loss_layer.cpp
    """

    type = "P2SLoss"
    origin = "Person-Re-ID"
    bottoms, tops = 2, 1
    param_field = "p2s_loss_param"
