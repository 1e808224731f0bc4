"""DistLoss: a loss of distances between neighbours (segaware)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class DistLoss(Layer):
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
    shapes_only = True
    loss = True
    param_field = "dist_loss_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
