"""HardMining: the regions of the greatest losses (cascade-rcnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class HardMining(ShapesOnly):
    """Of the regions of each image, those with the greatest losses, with all that belongs to them.

    Shape:    losses (R), regions (R, 5) and more of R rows -> each after the losses, (num_image
              * num_roi_per_image, any)
    Params:   num_image; num_roi_per_image
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Cai and Vasconcelos, Cascade R-CNN (2018); cascade-rcnn
              src/caffe/layers/hard_mining_layer.cpp
    """

    type = "HardMining"
    origin = "cascade-rcnn"
    bottoms, tops = (2, None), (1, None)
    param_field = "hard_mining_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.hard_mining_param
        n = param.num_image * param.num_roi_per_image
        return [(n, *shape[1:]) for shape in x.bottoms[1 : 1 + x.n_tops]]
