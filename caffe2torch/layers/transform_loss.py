"""TransformLoss: codes that turning leaves alone (DeepBit)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class TransformLoss(ShapesOnlyLoss):
    """Distances of codes of an image and of a turned one, by two weights.

    Shape:    x (N, C), y (N, C), weights (N), weights (N) -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Lin et al., DeepBit (2016); cvpr16-deepbit
              src/caffe/layers/K3_transform_loss_layer.cpp
    """

    type = "TransformLoss"
    origin = "DeepBit"
    bottoms, tops = 4, 1
