"""FlowAugmentation: flows distorted as their images were (flownet2)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class FlowAugmentation(ShapesOnly):
    """Flows moved as two distortions of their images say.

    Shape:    flow (N, 2, H, W), parameters, parameters -> (N, 2, crop_height, crop_width)
    Params:   augmentation_param crop_width, crop_height
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Ilg et al. (2017); flownet2 src/caffe/layers/flow_augmentation_layer.cpp
    """

    type = "FlowAugmentation"
    origin = "flownet2"
    bottoms, tops = 3, 1
    param_field = "augmentation_param"

    def shapes(self, x: Site) -> list[Shape]:
        param, (n, c, h, w) = x.param.augmentation_param, x.shape(0, 4, 4)
        return [(n, c, param.crop_height or h, param.crop_width or w)]
