"""EvenDistLoss: bits that are as often 0 as 1 (DeepBit)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class EvenDistLoss(ShapesOnlyLoss):
    """How far each bit is from being 1 for half of the items.

    Shape:    x (N, C), y (N, C) -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Lin et al., DeepBit (2016); cvpr16-deepbit
              src/caffe/layers/K1_even_dist_loss_layer.cpp
    """

    type = "EvenDistLoss"
    origin = "DeepBit"
    bottoms, tops = 2, 1
