"""MinQuantizeLoss: values near 0 or 1 (DeepBit)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class MinQuantizeLoss(ShapesOnlyLoss):
    """How far values are from the nearer of 0 and 1.

    Shape:    x (N, C), y (N, C) -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Lin et al., DeepBit (2016); cvpr16-deepbit
              src/caffe/layers/K2_min_quantize_loss_layer.cpp
    """

    type = "MinQuantizeLoss"
    origin = "DeepBit"
    bottoms, tops = 2, 1
