"""COLoss: how close items are to centres, and the centres to each other (CIPLoss)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class COLoss(ShapesOnly):
    """Distances of items to their class's centre, and how little the centres are at right angles.

    Shape:    x (N, any), labels (N) -> (), ()
    Params:   co_loss_param num_output, cutoff, delta
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   dxbdxx CIPLoss co_loss_layer.cpp
    """

    type = "COLoss"
    origin = "CIPLoss"
    bottoms, tops = 2, 2
    loss = True
    param_field = "co_loss_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(), ()]
