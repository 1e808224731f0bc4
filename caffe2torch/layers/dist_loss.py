"""DistLoss: a loss of distances between neighbours (segaware)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class DistLoss(ShapesOnlyLoss):
    """A loss of the distances between neighbouring pixels, by whether their labels agree.

    Shape:    distances, parities, ... -> ()
    Params:   dist_loss_param; convolution_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Harley et al., Segmentation-aware convolutional networks (2017); segaware caffe
              dist_loss_layer.cpp
    """

    type = "DistLoss"
    origin = "segaware"
    bottoms, tops = (2, None), 1
    param_field = "dist_loss_param"
