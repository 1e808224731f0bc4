"""BBTXTLoss: a loss of boxes in a map (master_thesis_code)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class BBTXTLoss(ShapesOnly):
    """Loss of a map of objects against the true objects.

    Shape:    objects (N, M, any), map (N, 5, H, W) -> ()
    Params:   accumulator_loss_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   ShapeError for a map of other than 5 channels; UnsupportedError where it is to run
    Source:   Novák, Vehicle Detection and Pose Estimation (2017); master_thesis_code
              caffe/src/caffe/layers/bbtxt_loss_layer.cpp
    """

    type = "BBTXTLoss"
    origin = "master_thesis_code"
    bottoms, tops = 2, 1
    loss = True
    param_field = "accumulator_loss_param"
    channels = 5

    def shapes(self, x: Site) -> list[Shape]:
        channels = x.shape(1, 4, 4)[1]
        if channels != self.channels:
            raise ShapeError(f"a map has {self.channels} channels, not {channels}", field="bottom")
        return [()]
